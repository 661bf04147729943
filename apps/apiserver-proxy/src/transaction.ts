import type { IncomingMessage } from 'node:http'
import type { RequestInfo } from '@gatehouse/authorization'
import { auditIdOf } from '@gatehouse/server'
import type { AccessRecord } from './access-log.ts'
import type { Caller } from './caller.ts'
import type { ProxyMetrics } from './metrics.ts'
import { labelOf } from './methods.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { RequestTrace, Tracing } from './tracing/request-trace.ts'

/** What the stages find out about one request, on its way to the access log and the metrics. */
export interface Transaction {
  readonly startedAt: number
  readonly trace: RequestTrace | undefined
  auditId: string
  headers: RequestHeaders | undefined
  caller: Caller | undefined
  info: RequestInfo | undefined
  decision: AccessRecord['decision']
  reason: string | undefined
  authenticationMs: number | undefined
  authorizationMs: number | undefined
}

export function beginTransaction({ tracing }: { tracing: Tracing | undefined }): Transaction {
  const startedAt = performance.now()
  return {
    startedAt,
    trace: tracing?.begin(startedAt),
    auditId: '',
    headers: undefined,
    caller: undefined,
    info: undefined,
    decision: 'refused',
    reason: undefined,
    authenticationMs: undefined,
    authorizationMs: undefined,
  }
}

/** The transaction's ID, made when it is asked for first. */
export function auditId(transaction: Transaction): string {
  if (transaction.auditId === '') {
    const fromClient = transaction.headers?.auditId
    transaction.auditId = auditIdOf(fromClient === undefined ? undefined : [fromClient])
  }
  return transaction.auditId
}

/** Tells log, metrics and trace of a request that is over, with the status that its client got. */
export function recordTransaction(
  transaction: Transaction,
  request: IncomingMessage,
  status: number,
  to: { log: (record: AccessRecord) => void; metrics: ProxyMetrics },
): void {
  const durationMs = performance.now() - transaction.startedAt
  const method = request.method ?? ''
  const { headers, caller, info, decision, reason, authenticationMs, authorizationMs } = transaction
  to.metrics.countRequest(status, labelOf(method, 'other'), durationMs / 1000)
  const record: AccessRecord = {
    auditId: auditId(transaction),
    method,
    url: request.url ?? '',
    remoteAddress: request.socket.remoteAddress,
    caller,
    info,
    upgrade: headers?.upgrade,
    decision,
    status,
    reason,
    durationMs,
    authenticationMs,
    authorizationMs,
  }
  to.log(record)
  transaction.trace?.end(record)
}
