import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authorizer } from '@gatehouse/authorization'
import type { Logger } from '@gatehouse/server'
import type { AccessRecord } from './access-log.ts'
import type { Authenticator } from './authenticate.ts'
import { authorize } from './authorize.ts'
import type { Caller } from './caller.ts'
import type { Cors, HeaderList } from './cors.ts'
import type { ForwardOptions } from './forward.ts'
import type { RequestLimits } from './limits.ts'
import type { ProxyMetrics } from './metrics.ts'
import { Refusal } from './refusal.ts'
import type { RequestHeaders } from './request-headers.ts'
import { writeRefusal } from './respond.ts'
import { auditId, type Transaction } from './transaction.ts'

/** Everything that a request needs on its way. */
export interface Stages {
  readonly limits: RequestLimits
  readonly cors: Cors
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
  readonly forwarding: ForwardOptions
  readonly log: (record: AccessRecord) => void
  readonly metrics: ProxyMetrics
  readonly logger: Logger
  /** Requests and streams under way, upgrades included. */
  readonly load: { inFlight: number }
}

export async function authenticateCaller(
  { authenticator, metrics }: Stages,
  request: IncomingMessage,
  headers: RequestHeaders,
  transaction: Transaction,
): Promise<Caller> {
  const startedAt = performance.now()
  try {
    return await authenticator.authenticate(request.socket, headers.authorization)
  } finally {
    transaction.authenticationMs = performance.now() - startedAt
    metrics.observeAuthentication(transaction.authenticationMs / 1000)
  }
}

export async function authorizeCaller(
  { authorizer, metrics }: Stages,
  transaction: Transaction,
  caller: Caller,
): Promise<void> {
  const startedAt = performance.now()
  try {
    await authorize(authorizer, caller, transaction.info!, auditId(transaction))
  } finally {
    transaction.authorizationMs = performance.now() - startedAt
    metrics.observeAuthorization(transaction.authorizationMs / 1000)
  }
}

/**
 * `kubectl --as` is refused on purpose: the proxy impersonates already, and the API server would take the
 * client's wish for the proxy's own.
 */
export function refuseImpersonation(headers: RequestHeaders): void {
  if (headers.impersonates) {
    throw new Refusal(
      'ERR_FORBIDDEN',
      'impersonation is not supported through this server; use the API server itself',
    )
  }
}

export function headersForClient(transaction: Transaction, cors: Cors): HeaderList {
  const own = ['Audit-ID', auditId(transaction)]
  const { headers } = transaction
  return headers === undefined ? own : [...own, ...cors.headersFor(headers)]
}

export function refuse(
  stages: Stages,
  response: ServerResponse,
  transaction: Transaction,
  refusal: Refusal,
): void {
  transaction.reason = refusal.message
  if (refusal.code === 'ERR_INTERNAL') stages.logger.error({ err: refusal.cause }, 'a request failed')
  const { body } = transaction.headers ?? {}
  writeRefusal(response, refusal, headersForClient(transaction, stages.cors), body !== 'none')
}
