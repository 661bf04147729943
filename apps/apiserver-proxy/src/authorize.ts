import {
  AuthorizationError,
  type Authorizer,
  type Decision,
  forbidden,
  type RequestInfo,
  requestInfo,
  type RequestTarget,
  parseRequestTarget,
} from '@gatehouse/authorization'
import type { Caller } from './caller.ts'
import { Refusal } from './refusal.ts'

/**
 * What a request asks for, from the same bytes that are forwarded.
 *
 * @throws Refusal `ERR_BAD_REQUEST` for a target that can be read in two ways, `ERR_UNAUTHORIZED` for a token
 *   in the query
 */
export function readTarget(method: string, rawUrl: string): { target: RequestTarget; info: RequestInfo } {
  try {
    const target = parseRequestTarget(rawUrl)
    return { target, info: requestInfo(method, target) }
  } catch (cause) {
    if (!(cause instanceof AuthorizationError)) throw cause
    const code = cause.code === 'ERR_TOKEN_IN_QUERY' ? 'ERR_UNAUTHORIZED' : 'ERR_BAD_REQUEST'
    throw new Refusal(code, cause.message, { cause })
  }
}

/**
 * Refuses what the API server would refuse this user, in its words. A review that failed is a no. The review has
 * the request's Audit-ID, so that a refusal, too, is found in the API server's audit log.
 *
 * @throws Refusal `ERR_FORBIDDEN`, `ERR_UNAVAILABLE`
 */
export async function authorize(
  authorizer: Authorizer,
  caller: Caller,
  info: RequestInfo,
  auditId: string,
): Promise<void> {
  requireAllowed(await decide(authorizer, caller, info, auditId), caller, info)
}

/** The same without waiting; false when the API server has to be asked. */
export function authorizeFromMemory(authorizer: Authorizer, caller: Caller, info: RequestInfo): boolean {
  const decision = authorizer.recall(caller.subject, info)
  if (decision === undefined) return false
  requireAllowed(decision, caller, info)
  return true
}

async function decide(
  authorizer: Authorizer,
  caller: Caller,
  info: RequestInfo,
  auditId: string,
): Promise<Decision> {
  try {
    return await authorizer.authorize(caller.subject, info, auditId)
  } catch (cause) {
    throw new Refusal('ERR_UNAVAILABLE', 'the API server could not be asked whether the request is allowed', {
      cause,
    })
  }
}

function requireAllowed(decision: Decision, caller: Caller, info: RequestInfo): void {
  if (decision.allowed) return
  const { message, details } = forbidden(caller.subject.username, info, decision.reason)
  throw new Refusal('ERR_FORBIDDEN', message, { details })
}
