export { type Authorizer, type AuthorizerOptions, createAuthorizer } from './authorizer.ts'
export { AuthorizationError, type AuthorizationErrorCode } from './errors.ts'
export { forbidden } from './forbidden.ts'
export { type RequestInfo, requestInfo } from './request-info.ts'
export { parseRequestTarget, type RequestTarget } from './request-target.ts'
export {
  type ClusterConnection,
  createReviewClient,
  type Decision,
  reviewAccess,
  type ReviewClient,
} from './review-client.ts'
export { reviewSpec, type Subject, type SubjectAccessReviewSpec } from './subject-access-review.ts'
