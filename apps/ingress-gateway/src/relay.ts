import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream'
import { createEncoder, isCompressible, preferredEncoding } from './encoding.ts'
import { cut, type HttpRequest, type HttpResponse } from './protocol.ts'
import { clientHeaders, type ResponseFacts } from './response-headers.ts'
import type { UpstreamRoute } from './routes.ts'

export interface RelayOptions extends Pick<ResponseFacts, 'auditId' | 'strictTransportSecurity'> {
  readonly route: UpstreamRoute
  /** Whether the connection is to end with this answer. */
  readonly isLast: boolean
  /** How long a client may leave an answer unread. */
  readonly unreadMs: number
}

/**
 * Passes an upstream's answer on, compressed where that is safe. An answer that breaks off, or that its client
 * does not read, is cut; a client that leaves ends it upstream, too.
 */
export function relay(
  answer: IncomingMessage,
  request: HttpRequest,
  response: HttpResponse,
  { route, isLast, unreadMs, ...facts }: RelayOptions,
): void {
  const sink = 'stream' in response ? response.stream : response
  // The client has left meanwhile, or was refused.
  if (response.headersSent || sink.destroyed || sink.closed) {
    answer.destroy()
    return
  }
  const code = answer.statusCode!
  const method = request.method ?? ''
  const compressible = isCompressible({ method, request: request.headers, code, answer: answer.headers })
  const encoding = compressible
    ? preferredEncoding(request.headers['accept-encoding']?.toString())
    : undefined
  const headers = clientHeaders(answer.headers, route, { ...facts, compressible, encoding })
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) response.removeHeader(name)
    else response.setHeader(name, value)
  }
  response.statusCode = code
  if (!('stream' in response)) {
    response.statusMessage = answer.statusMessage ?? ''
    response.setHeader('Connection', isLast || !response.shouldKeepAlive ? 'close' : 'keep-alive')
  }
  if (method === 'HEAD' || code === 204 || code === 304) {
    answer.resume()
    response.end()
    return
  }
  const isEndless = answer.headers['content-length'] === undefined
  // The first word of a watch may come late, and a stream of HTTP/2 is written to below its response.
  if ('stream' in response) response.writeHead(code)
  else if (isEndless) response.flushHeaders()
  sink.setTimeout(unreadMs, () => {
    // One that has nothing to say for a while, as a watch, is well.
    if (sink.writableNeedDrain) cut(response)
  })
  const encoder = encoding && createEncoder(encoding, isEndless)
  // Whichever breaks takes the others with it; the report says which answers did not arrive.
  pipeline(encoder ? [answer, encoder, sink] : [answer, sink], () => undefined)
}
