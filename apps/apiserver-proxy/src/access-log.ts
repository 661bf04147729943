import type { RequestInfo } from '@gatehouse/authorization'
import type { Logger } from '@gatehouse/server'
import type { Caller } from './caller.ts'

/** What is known of a request when it is over. */
export interface AccessRecord {
  readonly auditId: string
  readonly method: string
  readonly url: string
  readonly remoteAddress: string | undefined
  readonly caller: Caller | undefined
  readonly info: RequestInfo | undefined
  /** The protocol that the request wanted to switch to, whether it did or not. */
  readonly upgrade: string | undefined
  readonly decision: 'allowed' | 'denied' | 'refused'
  readonly status: number
  /** Why it was refused, or why a stream ended. */
  readonly reason: string | undefined
  readonly durationMs: number
  readonly authenticationMs: number | undefined
  readonly authorizationMs: number | undefined
}

/** Writes one line for each request; never a token, and the query only as far as it selects objects. */
export function createAccessLog(logger: Logger): (record: AccessRecord) => void {
  return (record) => {
    if (!logger.isLevelEnabled('info')) return
    const { caller, info } = record
    const person = caller?.person ?? caller?.subject
    logger.info(
      {
        auditId: record.auditId,
        user: person?.username,
        groups: person?.groups,
        impersonatedUser: caller?.person && caller.subject.username,
        impersonatedGroups: caller?.person && caller.subject.groups,
        method: record.method,
        path: info?.path ?? pathOf(record.url),
        verb: info?.verb,
        ...(info?.isResourceRequest
          ? {
              group: info.apiGroup,
              resource: info.resource,
              subresource: info.subresource || undefined,
              namespace: info.namespace || undefined,
              name: info.name || undefined,
            }
          : {}),
        // Clients fall back from one protocol to another without a word: here it shows.
        upgrade: record.upgrade?.slice(0, 32),
        decision: record.decision,
        status: record.status,
        reason: record.reason,
        durationMs: round(record.durationMs),
        authenticationMs: round(record.authenticationMs),
        authorizationMs: round(record.authorizationMs),
        remoteAddress: record.remoteAddress,
      },
      'request',
    )
  }
}

/** The path of a request target that was not parsed. */
export function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0]!.slice(0, 2048)
}

function round(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 1000) / 1000
}
