import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { authorizeFromMemory, readTarget } from './authorize.ts'
import type { Cors } from './cors.ts'
import { forward } from './forward.ts'
import { isRead, type RequestHeaders } from './request-headers.ts'
import { refusalOf } from './respond.ts'
import {
  authenticateCaller,
  authorizeCaller,
  headersForClient,
  impersonate,
  readRequest,
  refuse,
  type Stages,
} from './stages.ts'
import { auditId, beginTransaction, recordTransaction, type Transaction } from './transaction.ts'

/** `expectsContinue`: the client waits for a 100 before it sends the body. */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue?: boolean,
) => void

/** The life of a request that is no upgrade; it keeps to the stages that it began with. */
export function createRequestHandler(current: () => Stages): RequestHandler {
  const run = async (
    stages: Stages,
    request: IncomingMessage,
    response: ServerResponse,
    transaction: Transaction,
    expectsContinue: boolean,
  ): Promise<void> => {
    const headers = readRequest(stages, request, transaction)
    if (answerPreflight(request, response, headers, stages.cors)) return
    const recalled = stages.authenticator.recall(request.socket, headers.authorization)
    const person = recalled ?? (await authenticateCaller(stages, request, headers, transaction))
    transaction.caller = person
    const { impersonation } = headers
    const caller = impersonation ? await impersonate(stages, impersonation, transaction, person) : person
    transaction.caller = caller
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
        trace: transaction.trace,
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
    const stages = current()
    const transaction = beginTransaction(stages)
    trackUntilClosed(stages, request, response, transaction)
    run(stages, request, response, transaction, expectsContinue).catch(async (error: unknown) => {
      await untilParsed(request, transaction)
      refuse(stages, response, transaction, refusalOf(error))
    })
  }
}

/**
 * Lets the parser go on with what it has of a body: it tells of the end of a request after the promises of its headers
 * have been kept. If all is there, the connection can stay.
 */
async function untilParsed(request: IncomingMessage, { headers }: Transaction): Promise<void> {
  if (headers !== undefined && !isRead(headers, request)) await setImmediate()
}

/** Counts a request as long as its answer is open, and then tells log and metrics. */
function trackUntilClosed(
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
