export type { Login, LoginEvent, LoginEventName } from './journal.ts'
export { openApiDocument } from './openapi.ts'
export {
  type Operation,
  type OperationAnswer,
  type OperationBody,
  type OperationName,
  type OperationParams,
  type Operations,
  operations,
} from './operations.ts'
export { type Algorithm, ALGORITHMS, TOKEN_FAULTS, type TokenFault } from './tokens.ts'
