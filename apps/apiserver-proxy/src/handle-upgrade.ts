import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RequestInfo } from '@gatehouse/authorization'
import { http } from '@gatehouse/server/node-http'
import { readTarget } from './authorize.ts'
import {
  authenticateCaller,
  authorizeEach,
  headersForClient,
  impersonate,
  readRequest,
  refuse,
  type Stages,
} from './stages.ts'
import { Refusal } from './refusal.ts'
import type { RequestHeaders } from './request-headers.ts'
import { refusalOf } from './respond.ts'
import { auditId, beginTransaction, recordTransaction, type Transaction } from './transaction.ts'
import { upgrade } from './upgrade.ts'
import { takeWebSocketToken } from './web-socket-token.ts'

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** The life of a request that wants to switch protocols: the same stages, then a splice. */
export function createUpgradeHandler(current: () => Stages): UpgradeHandler {
  const run = async (
    stages: Stages,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    response: ServerResponse,
    transaction: Transaction,
    onSwitched: () => void,
  ): Promise<void> => {
    const headers = readRequest(stages, request, transaction)
    checkUpgrade(request, headers, head)
    const { token, protocols } = takeWebSocketToken(headers.webSocketProtocols)
    const authorization = headers.authorization ?? (token === undefined ? undefined : `Bearer ${token}`)
    const person = await authenticateCaller(stages, request, { ...headers, authorization }, transaction)
    transaction.caller = person
    const { impersonation } = headers
    const caller = impersonation ? await impersonate(stages, impersonation, transaction, person) : person
    transaction.caller = caller
    const { target, info } = readTarget(request.method ?? '', request.url ?? '')
    transaction.decision = 'denied'
    await authorizeEach(stages, transaction, caller, whatToAsk(info))
    transaction.info = info
    transaction.decision = 'allowed'
    if (socket.destroyed) return
    upgrade(
      {
        request,
        socket,
        response,
        headers,
        protocol: headers.upgrade ?? '',
        subprotocols: protocols,
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
        onSwitched,
      },
      stages.forwarding,
    )
  }

  return (request, socket, head) => {
    const stages = current()
    const transaction = beginTransaction(stages)
    const response = answerOn(request, socket)
    let hasSwitched = false
    stages.load.inFlight++
    socket.on('error', () => undefined)
    socket.once('close', () => {
      stages.load.inFlight--
      const status = hasSwitched ? 101 : response.headersSent ? response.statusCode : 499
      recordTransaction(transaction, request, status, stages)
    })
    run(stages, request, socket, head, response, transaction, () => {
      hasSwitched = true
      response.detachSocket(request.socket)
    }).catch((error: unknown) => refuse(stages, response, transaction, refusalOf(error)))
  }
}

/** `spdy/3.1` is what kubectl fell back to before WebSockets; nothing else is spoken. */
function checkUpgrade(request: IncomingMessage, headers: RequestHeaders, head: Buffer): void {
  const bad = (message: string) => new Refusal('ERR_BAD_REQUEST', message)
  const isWebSocket = headers.upgrade === 'websocket'
  if (!isWebSocket && headers.upgrade !== 'spdy/3.1')
    throw bad('the only upgrades are websocket and SPDY/3.1')
  const methods = isWebSocket ? ['GET'] : ['GET', 'POST']
  if (!methods.includes(request.method ?? '')) {
    throw new Refusal(
      'ERR_METHOD_NOT_ALLOWED',
      `the method ${request.method} can't be upgraded to ${headers.upgrade}`,
    )
  }
  if (request.httpVersion !== '1.1') throw bad('only HTTP/1.1 can be upgraded')
  const hasBody = headers.body === 'chunked' || (typeof headers.body === 'object' && headers.body.length > 0)
  if (hasBody) throw bad('a request with a body can’t be upgraded')
  if (head.length > 0) throw bad('bytes follow the request before the answer to its upgrade')
}

/**
 * A WebSocket always comes as GET, so that `get` alone would open a shell: the API server asks for `create`
 * as well (AuthorizePodWebsocketUpgradeCreatePermission). Pure.
 */
function whatToAsk(info: RequestInfo): RequestInfo[] {
  const isIntoPod = info.apiGroup === '' && info.resource === 'pods' && INTO_POD.has(info.subresource)
  return isIntoPod && info.verb === 'get' ? [info, { ...info, verb: 'create' }] : [info]
}

const INTO_POD = new Set(['exec', 'attach', 'portforward'])

/** A response on a socket that the parser has let go of; the connection ends with it. */
function answerOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new http.ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(request.socket)
  response.once('finish', () => {
    socket.end(() => socket.destroy())
  })
  return response
}
