import type { Duplex } from 'node:stream'
import type { HeaderList } from './cors.ts'
import { type AllowedRequest, type ForwardOptions, proxyHeaders } from './forward.ts'
import { createRelay } from './relay.ts'
import { headersFor, refusalOf } from './respond.ts'
import { splice } from './splice.ts'
import { UpstreamError } from './upstream/errors.ts'
import { Exchange } from './upstream/exchange.ts'
import type { ResponseHead } from './upstream/response-head.ts'

/** How long the API server may take to switch protocols or say no. */
const ANSWER_WITHIN_MS = 30_000

/** An upgrade that passed every stage before. Its response answers on `socket` until something was switched. */
export interface AllowedUpgrade extends AllowedRequest {
  readonly socket: Duplex
  /** In the spelling of the client. */
  readonly protocol: string
  /** WebSocket subprotocols without the one that held a token. */
  readonly subprotocols: readonly string[]
  /** Both sides have switched; the response will never be used. */
  readonly onSwitched: () => void
}

/**
 * Sends an upgrade on. No byte of the client goes upstream before upstream said 101, and a connection
 * whose upgrade was refused serves nothing else on either side (CVE-2018-1002105).
 */
export function upgrade(allowed: AllowedUpgrade, options: Pick<ForwardOptions, 'pool' | 'streams'>): void {
  const { request, socket, headers, protocol, subprotocols, target, caller, ours } = allowed
  const relay = createRelay(allowed, options.streams, () => exchange)
  const offered = subprotocols.length === 0 ? '' : `Sec-WebSocket-Protocol: ${subprotocols.join(', ')}\r\n`
  const exchange: Exchange = new Exchange(
    options.pool,
    {
      method: request.method ?? '',
      target: target.raw,
      headers: `${headers.forwarded}${offered}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n${proxyHeaders(allowed, options.pool)}`,
      body: headers.body,
      answerWithinMs: ANSWER_WITHIN_MS,
      isUpgrade: true,
    },
    {
      onHead(head) {
        if (head.status === 101 && head.upgrade?.toLowerCase() === protocol.toLowerCase()) {
          switchProtocols(head)
        } else if (head.status === 101) {
          exchange.abort()
          const message = 'the API server switched to another protocol'
          allowed.refuse(refusalOf(new UpstreamError('ERR_UPSTREAM_MALFORMED', message)))
        } else {
          // The upgrade was ignored, and the answer may be a watch or a log like any other.
          relay.onHead(head)
          relay.endWithCredential()
        }
      },
      onData: relay.onData,
      onEnd: relay.onEnd,
      onError: relay.onError,
      onDrain: () => undefined,
    },
  )
  const abort = () => exchange.abort()
  socket.once('close', abort)

  const switchProtocols = (head: ResponseHead) => {
    const upstream = exchange.detach()
    socket.off('close', abort)
    allowed.onSwitched()
    allowed.trace?.answered(head.status)
    const lines = headersFor(head, [...ours, 'Connection', 'Upgrade', 'Upgrade', head.upgrade!])
    let text = 'HTTP/1.1 101 Switching Protocols\r\n'
    for (let index = 0; index < lines.length; index += 2) text += `${lines[index]}: ${lines[index + 1]}\r\n`
    socket.write(`${text}\r\n`, 'latin1')
    const chosen = valueOf(head.headers, 'sec-websocket-protocol')
    const joined = splice(socket, upstream, { statusChannel: /^v[45]\.channel\.k8s\.io$/.test(chosen ?? '') })
    const forget = options.streams.add(caller, (why) => {
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
