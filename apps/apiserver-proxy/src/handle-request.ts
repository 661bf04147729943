import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authorizer } from '@gatehouse/authorization'
import type { Logger } from '@gatehouse/server'
import type { AccessRecord } from './access-log.ts'
import type { Authenticator } from './authenticate.ts'
import { authorize, authorizeFromMemory, readTarget } from './authorize.ts'
import type { Caller } from './caller.ts'
import type { Cors, HeaderList } from './cors.ts'
import { forward, type ForwardOptions } from './forward.ts'
import { checkLimits, type RequestLimits } from './limits.ts'
import type { ProxyMetrics } from './metrics.ts'
import { Refusal } from './refusal.ts'
import type { RequestHeaders } from './request-headers.ts'
import { refusalOf, writeRefusal } from './respond.ts'
import { auditId, beginTransaction, recordTransaction, type Transaction } from './transaction.ts'

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

/** `expectsContinue`: the client waits for a 100 before it sends the body. */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue?: boolean,
) => void

/** The life of a request that is no upgrade. */
export function createRequestHandler(stages: Stages): RequestHandler {
  const run = async (
    request: IncomingMessage,
    response: ServerResponse,
    transaction: Transaction,
    expectsContinue: boolean,
  ): Promise<void> => {
    const headers = checkLimits(request, stages.limits, stages.load.inFlight)
    transaction.headers = headers
    if (answerPreflight(request, response, headers, stages.cors)) return
    const recalled = stages.authenticator.recall(request.socket, headers.authorization)
    const caller = recalled ?? (await authenticateCaller(stages, request, headers, transaction))
    transaction.caller = caller
    refuseImpersonation(headers)
    const { target, info } = readTarget(request.method ?? '', request.url ?? '')
    transaction.info = info
    transaction.decision = 'denied'
    if (!authorizeFromMemory(stages.authorizer, caller, info))
      await authorizeCaller(stages, transaction, caller)
    transaction.decision = 'allowed'
    if (response.destroyed) return
    if (expectsContinue) response.writeContinue()
    forward(
      {
        request,
        response,
        headers,
        target,
        info,
        caller,
        auditId: auditId(transaction),
        ours: headersForClient(transaction, stages.cors),
        refuse: (refusal) => refuse(stages, response, transaction, refusal),
        note: (reason) => {
          transaction.reason = reason
        },
      },
      stages.forwarding,
    )
  }

  return (request, response, expectsContinue = false) => {
    const transaction = beginTransaction()
    trackUntilClosed(stages, request, response, transaction)
    run(request, response, transaction, expectsContinue).catch((error: unknown) => {
      refuse(stages, response, transaction, refusalOf(error))
    })
  }
}

/** Counts a request as long as its answer is open, and then tells log and metrics. */
export function trackUntilClosed(
  stages: Stages,
  request: IncomingMessage,
  response: ServerResponse,
  transaction: Transaction,
): void {
  stages.load.inFlight++
  response.once('close', () => {
    stages.load.inFlight--
    if (!response.writableFinished) transaction.reason ??= 'the client went away'
    // 499 is nginx's: the client left before there was an answer.
    recordTransaction(transaction, request, response.headersSent ? response.statusCode : 499, stages)
  })
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
    await authorize(authorizer, caller, transaction.info!)
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

function answerPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  headers: RequestHeaders,
  cors: Cors,
): boolean {
  const answer = cors.preflight(request.method ?? '', headers)
  if (answer === undefined) return false
  response.writeHead(204, [...answer])
  response.end()
  return true
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
