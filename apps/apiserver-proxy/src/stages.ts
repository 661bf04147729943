import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authorizer, RequestInfo } from '@gatehouse/authorization'
import type { Logger } from '@gatehouse/server'
import type { AccessRecord } from './access-log.ts'
import type { Authenticator } from './authenticate.ts'
import { authorize, authorizeFromMemory } from './authorize.ts'
import { type Caller, impersonatedBy } from './caller.ts'
import type { ProxyConfig } from './config.ts'
import type { Cors, HeaderList } from './cors.ts'
import type { ForwardOptions } from './forward.ts'
import { checkLimits, type RequestLimits } from './limits.ts'
import type { ProxyMetrics } from './metrics.ts'
import { Refusal } from './refusal.ts'
import { isRead, type RequestHeaders } from './request-headers.ts'
import { readRequestedIdentity } from './requested-identity.ts'
import { writeRefusal } from './respond.ts'
import type { Tracing } from './tracing/request-trace.ts'
import { auditId, type Transaction } from './transaction.ts'

/** Everything that a request needs on its way. */
export interface Stages {
  readonly limits: RequestLimits
  readonly impersonation: ProxyConfig['impersonation']
  readonly cors: Cors
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
  readonly forwarding: ForwardOptions
  readonly log: (record: AccessRecord) => void
  readonly metrics: ProxyMetrics
  readonly tracing: Tracing | undefined
  readonly logger: Logger
  /** Requests and streams under way, upgrades included. */
  readonly load: { inFlight: number }
}

/** The first stage; what it reads is known to the transaction from then on. */
export function readRequest(
  stages: Stages,
  request: IncomingMessage,
  transaction: Transaction,
): RequestHeaders {
  const { limits, load, tracing } = stages
  const headers = checkLimits(request, limits, {
    inFlight: load.inFlight,
    dropsTraceContext: tracing !== undefined,
  })
  transaction.headers = headers
  if (headers.traceparent !== undefined) transaction.trace?.relate(headers.traceparent)
  return headers
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
    transaction.trace?.part('authenticate', startedAt)
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
    transaction.trace?.part('SubjectAccessReview', startedAt)
  }
}

/** Asks about one after the other; the transaction has the one that was asked about last. */
export async function authorizeEach(
  stages: Stages,
  transaction: Transaction,
  caller: Caller,
  infos: readonly RequestInfo[],
): Promise<void> {
  for (const info of infos) {
    transaction.info = info
    if (!authorizeFromMemory(stages.authorizer, caller, info))
      await authorizeCaller(stages, transaction, caller)
  }
}

/**
 * Whom the caller acts as with `kubectl --as`, by the Impersonate-* that it sent (`requested`). The proxy impersonates
 * already, and the API server would take a client's wish for the proxy's own, so it is asked here whether the user
 * may impersonate each of the names. Constrained impersonation (KEP-5284) has other verbs and helps nobody here.
 *
 * @throws Refusal `ERR_FORBIDDEN`, `ERR_BAD_REQUEST`, `ERR_UNAVAILABLE`
 */
export async function impersonate(
  stages: Stages,
  requested: readonly string[],
  transaction: Transaction,
  caller: Caller,
): Promise<Caller> {
  if (stages.impersonation === 'off') {
    throw new Refusal(
      'ERR_FORBIDDEN',
      'impersonation is not supported through this server; use the API server itself',
    )
  }
  const { subject, permissions } = readRequestedIdentity(requested)
  transaction.decision = 'denied'
  await authorizeEach(stages, transaction, caller, permissions)
  transaction.decision = 'refused'
  return impersonatedBy(caller, subject)
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
  const { headers } = transaction
  // Of headers that are refused nobody knows where their request ends.
  const canStay = headers !== undefined && isRead(headers, response.req)
  writeRefusal(response, refusal, headersForClient(transaction, stages.cors), canStay)
}
