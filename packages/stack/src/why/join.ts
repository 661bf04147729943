import { AuthorizationError, parseRequestTarget, requestInfo } from '@gatehouse/authorization'
import type { Attributes, RbacUser } from '@gatehouse/authorization/rbac'
import type { AccessLine } from './access-log.ts'
import type { AuditEvent } from './audit-log.ts'
import type { WhyReport } from './report.ts'

const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

/** What the two logs hold of a request; at least one of them holds something. */
export interface Found {
  readonly auditId: string
  readonly accessLines: readonly AccessLine[]
  /** Null where the cluster has no audit log that can be read. */
  readonly auditEvents: readonly AuditEvent[] | null
}

/** Makes one story of what the logs say; without RBAC, which is asked with its `user` and `attributes`. Pure. */
export function joinLogs({ auditId, accessLines, auditEvents }: Found): WhyReport {
  const line = accessLines.at(-1)
  const event = requestEventOf(auditEvents ?? [], line)
  const user = userOf(line, event)
  return {
    auditId,
    time: event?.requestReceivedTimestamp ?? line?.time ?? '',
    user,
    request: {
      line: event ? `${methodOf(event.verb)} ${event.requestURI}` : `${line?.method} ${line?.path}`,
      from: line?.remoteAddress ?? event?.sourceIPs[0],
      attributes: (line && attributesOfLine(line)) ?? (event && attributesOfEvent(event)),
    },
    proxy: line && {
      decision: line.decision,
      status: line.status,
      reason: line.reason,
      durationMs: line.durationMs,
    },
    apiserver: auditEvents === null ? null : event && answerOf(event),
    rbac: undefined,
    notes: notesOn({ accessLines, auditEvents, line, event }),
  }
}

/** Whether one log has something of a request that the other must have soon, if it is not there already. Pure. */
export function lacksSomething({ accessLines, auditEvents }: Found): boolean {
  if (auditEvents === null) return false
  const line = accessLines.at(-1)
  const event = requestEventOf(auditEvents, line)
  if (line) return line.decision === 'allowed' && event === undefined
  return (
    event !== undefined && event.stage !== 'ResponseStarted' && (isImpersonated(event) || isReview(event))
  )
}

const isImpersonated = ({ impersonatedUser }: AuditEvent) => impersonatedUser !== undefined
const isReview = ({ requestURI }: AuditEvent) => requestURI.split('?', 1)[0] === REVIEWS

/**
 * The last event of the request itself. The proxy sends the request's Audit-ID with its own review of it, too, so
 * a review in nobody's name that the proxy was not asked for is not it.
 */
function requestEventOf(events: readonly AuditEvent[], line: AccessLine | undefined): AuditEvent | undefined {
  const isOfProxy = (event: AuditEvent) =>
    line !== undefined && line.path !== REVIEWS && isReview(event) && !isImpersonated(event)
  return events.findLast((event) => !isOfProxy(event))
}

function userOf(line: AccessLine | undefined, event: AuditEvent | undefined): RbacUser | undefined {
  const known = event?.impersonatedUser ?? (line ? undefined : event?.user)
  if (known) return { name: known.username, groups: known.groups }
  if (line?.impersonatedUser !== undefined)
    return { name: line.impersonatedUser, groups: line.impersonatedGroups }
  return line?.user === undefined ? undefined : { name: line.user, groups: line.groups }
}

function answerOf(event: AuditEvent): NonNullable<WhyReport['apiserver']> {
  const { annotations, responseStatus, impersonatedUser, user, stage } = event
  return {
    decision: decisionOf(event),
    reason: annotations['authorization.k8s.io/reason'] || undefined,
    status: responseStatus?.code,
    impersonator: impersonatedUser ? user.username : undefined,
    isUnderWay: stage === 'ResponseStarted',
  }
}

function decisionOf({ annotations }: AuditEvent): 'allowed' | 'denied' | undefined {
  const decision = annotations['authorization.k8s.io/decision']
  if (decision === undefined) return undefined
  return decision === 'allow' ? 'allowed' : 'denied'
}

function attributesOfLine({ verb, path, group, resource, subresource, namespace, name }: AccessLine) {
  if (verb === undefined) return undefined
  if (resource === undefined) return { verb, path }
  return {
    verb,
    apiGroup: group ?? '',
    resource,
    subresource: subresource ?? '',
    namespace: namespace ?? '',
    name: name ?? '',
  }
}

/** From the request itself: the event's objectRef also holds names that the authorizer did not see. */
function attributesOfEvent({ verb, requestURI }: AuditEvent): Attributes | undefined {
  try {
    const info = requestInfo(methodOf(verb), parseRequestTarget(requestURI))
    if (!info.isResourceRequest) return { verb: info.verb, path: info.path }
    const { apiGroup, resource, subresource, namespace, name } = info
    return { verb: info.verb, apiGroup, resource, subresource, namespace, name }
  } catch (error) {
    // The API server takes targets that can be read in two ways; what this one asks for is not certain.
    if (error instanceof AuthorizationError) return undefined
    throw error
  }
}

const METHODS: Readonly<Record<string, string>> = {
  create: 'POST',
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
}

function methodOf(verb: string): string {
  return METHODS[verb] ?? verb.toUpperCase()
}

function notesOn({
  accessLines,
  auditEvents,
  line,
  event,
}: Pick<Found, 'accessLines' | 'auditEvents'> & {
  line: AccessLine | undefined
  event: AuditEvent | undefined
}): string[] {
  const notes: string[] = []
  if (accessLines.length > 1) {
    notes.push(
      `${accessLines.length} requests came with this Audit-ID, which clients may choose; this is the last.`,
    )
  }
  if (line?.impersonatedUser !== undefined) {
    notes.push(`"${line.user}" asked, and acts as "${line.impersonatedUser}" (kubectl --as).`)
  }
  if (auditEvents === null) notes.push('This cluster has no audit log that can be read here.')
  else if (event === undefined && line?.decision === 'allowed') {
    notes.push(
      'The audit log has nothing of it: it never reached the API server, is not audited, or is written in a moment.',
    )
  }
  if (line === undefined && event?.impersonatedUser) {
    notes.push('The proxy has no line of it: it is not over yet, or somebody else impersonates.')
  }
  if (line === undefined && event && !event.impersonatedUser) {
    notes.push('It did not come through the proxy.')
  }
  if (line?.decision === 'allowed' && event && decisionOf(event) === 'denied') {
    notes.push(
      'The proxy and the API server disagree: rights changed between their decisions, or one is wrong.',
    )
  }
  return notes
}
