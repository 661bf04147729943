import type { AuditEvent } from '../run/audit-log.ts'
import type { Question, Result } from '../result.ts'

const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
/** Verbs and ways whose no comes from another check than that of the request itself. */
const CHECKED_LATER: ReadonlySet<string> = new Set(['bind', 'escalate', 'impersonate'])

/**
 * What is wrong with an answer in view of the API server's audit log; undefined when the log bears it out: the
 * request is there, as this user, and with the same decision. A refusal of a proxy is there as its review. Pure.
 */
export function auditProblem(
  result: Result,
  question: Question,
  username: string,
  isDirect: boolean,
  events: readonly AuditEvent[],
): string | undefined {
  if (result === 'inconclusive') return undefined
  // The proxy's review of a request stands under the same ID, and is the proxy's own.
  const isReview = ({ requestURI, user, impersonatedUser }: AuditEvent) =>
    !isDirect && requestURI === REVIEWS && impersonatedUser === undefined && user !== username
  const own = events.filter((event) => !isReview(event))
  if (own.length === 0) {
    const isReviewed = events.length > 0
    if (isReviewed && result === 'denied') return undefined
    return isReviewed
      ? 'the API server was asked whether it may be, but never got the request'
      : "the API server's audit log has no request with this Audit-ID"
  }
  for (const event of own) {
    const actor = isDirect ? event.user : (event.impersonatedUser ?? event.user)
    if (actor !== username) return `the API server got it from "${actor}" instead of "${username}"`
  }
  if (CHECKED_LATER.has(question.verb) || question.transport === 'websocket') return undefined
  const decisions = new Set(own.map(({ decision }) => decision).filter((one) => one !== undefined))
  const expected = result === 'denied' ? 'forbid' : result === 'unauthenticated' ? undefined : 'allow'
  if (expected === undefined || decisions.size === 0 || decisions.has(expected)) return undefined
  return `the API server's own decision was ${[...decisions].join(', ')}`
}
