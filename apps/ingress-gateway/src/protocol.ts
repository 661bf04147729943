import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A request in whichever protocol the client speaks. */
export type HttpRequest = IncomingMessage | Http2ServerRequest
export type HttpResponse = ServerResponse | Http2ServerResponse

export function isHttp2(request: HttpRequest): request is Http2ServerRequest {
  return request.httpVersionMajor === 2
}

/** Breaks off an answer that has begun, so that no client takes what it has for the whole. */
export function cut(response: HttpResponse): void {
  // Without an error, a stream ends like any other, and not before its client has read it.
  if ('stream' in response) response.stream.destroy(new Error('the answer is broken off'))
  else response.destroy()
}
