export {
  type AuthenticationConfiguration,
  toAuthenticationConfiguration,
} from './authentication-configuration.ts'
export { AuthenticationError, type AuthenticationErrorCode } from './errors.ts'
export { type Identity, nameProblem } from './identity.ts'
export { IssuerKeys } from './issuer-keys.ts'
export {
  issuerSettingsSchema,
  issuersSchema,
  type IssuerSettings,
  type IssuerSettingsInput,
} from './issuer-settings.ts'
export {
  createRevocationList,
  type IsRevoked,
  type Revocable,
  type Revocation,
  revocationsSchema,
} from './revocations.ts'
export { createTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from './token-verifier.ts'
