import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RequestInfo, RequestTarget } from '@gatehouse/authorization'
import type { Caller } from './caller.ts'
import type { HeaderList } from './cors.ts'
import { type ForwardOptions, proxyHeaders } from './forward.ts'
import type { Refusal } from './refusal.ts'
import type { RequestHeaders } from './request-headers.ts'
import { headersFor, refusalOf, writeHead } from './respond.ts'
import { splice } from './splice.ts'
import { UpstreamError } from './upstream/errors.ts'
import { Exchange } from './upstream/exchange.ts'
import type { ResponseHead } from './upstream/response-head.ts'

/** How long the API server may take to switch protocols or say no. */
const ANSWER_WITHIN_MS = 30_000

/** An upgrade that passed every stage before. */
export interface AllowedUpgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** Answers on `socket`, as long as nothing was switched. */
  readonly response: ServerResponse
  readonly headers: RequestHeaders
  /** In the spelling of the client. */
  readonly protocol: string
  /** WebSocket subprotocols without the one that held a token. */
  readonly subprotocols: readonly string[]
  readonly target: RequestTarget
  readonly info: RequestInfo
  readonly caller: Caller
  readonly auditId: string
  readonly ours: HeaderList
  readonly refuse: (refusal: Refusal) => void
  readonly note: (reason: string) => void
  /** Both sides have switched; the response will never be used. */
  readonly onSwitched: () => void
}

/**
 * Sends an upgrade on. No byte of the client goes upstream before upstream said 101, and a connection
 * whose upgrade was refused serves nothing else on either side (CVE-2018-1002105).
 */
export function upgrade(allowed: AllowedUpgrade, options: Pick<ForwardOptions, 'pool' | 'streams'>): void {
  const { request, socket, response, headers, protocol, subprotocols, target, caller, auditId, ours } =
    allowed
  let isAnswered = false
  const offered = subprotocols.length === 0 ? '' : `Sec-WebSocket-Protocol: ${subprotocols.join(', ')}\r\n`
  const exchange: Exchange = new Exchange(
    options.pool,
    {
      method: request.method ?? '',
      target: target.raw,
      headers: `${headers.forwarded}${offered}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n${proxyHeaders(caller, auditId, request.socket.remoteAddress)}`,
      body: headers.body,
      answerWithinMs: ANSWER_WITHIN_MS,
      isUpgrade: true,
    },
    {
      onHead(head) {
        isAnswered = true
        if (head.status !== 101) writeHead(response, head, ours)
        else if (head.upgrade?.toLowerCase() === protocol.toLowerCase()) switchProtocols(head)
        else {
          exchange.abort()
          const message = 'the API server switched to another protocol'
          allowed.refuse(refusalOf(new UpstreamError('ERR_UPSTREAM_MALFORMED', message)))
        }
      },
      onData: (data) => void response.write(data),
      onEnd: () => void response.end(),
      onError(error) {
        if (isAnswered) response.destroy()
        else allowed.refuse(refusalOf(error))
      },
      onDrain: () => undefined,
    },
  )
  const abort = () => exchange.abort()
  socket.once('close', abort)

  const switchProtocols = (head: ResponseHead) => {
    const upstream = exchange.detach()
    socket.off('close', abort)
    allowed.onSwitched()
    const lines = headersFor(head, [...ours, 'Connection', 'Upgrade', 'Upgrade', head.upgrade!])
    let text = 'HTTP/1.1 101 Switching Protocols\r\n'
    for (let index = 0; index < lines.length; index += 2) text += `${lines[index]}: ${lines[index + 1]}\r\n`
    socket.write(`${text}\r\n`, 'latin1')
    const chosen = valueOf(head.headers, 'sec-websocket-protocol')
    const joined = splice(socket, upstream, { statusChannel: /^v[45]\.channel\.k8s\.io$/.test(chosen ?? '') })
    const forget = options.streams.add(caller.expiresAt, (why) => {
      allowed.note(why)
      joined.end(why)
    })
    socket.once('close', forget)
  }
}

function valueOf(headers: HeaderList, name: string): string | undefined {
  const index = headers.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === name)
  return index === -1 ? undefined : headers[index + 1]
}
