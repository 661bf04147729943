import type { IncomingMessage, ServerOptions } from 'node:http'
import type { Server } from 'node:net'
import { endsConnections } from './last-answers.ts'
import { http } from './node-http.ts'

/**
 * A response that ends its connection once its server no longer accepts any, or is about to: clients then don't
 * send the next request into a socket that is about to close.
 */
export class DrainingResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends http.ServerResponse<Request> {
  override writeHead(...head: [statusCode: number, ...rest: never[]]): this {
    // `socket.server` is not in Node's documentation; net and tls have set it since their first versions.
    const { server } = this.req.socket as { server?: Server }
    if (server && endsConnections(server)) this.shouldKeepAlive = false
    return super.writeHead(...head)
  }
}

/**
 * Limits for `http.createServer` and `https.createServer` of every listener: a client that sends slowly
 * (slowloris) or without end loses its connection, and draining is announced to clients. Times are
 * milliseconds, sizes bytes. Requests that legitimately take long (uploads) raise `requestTimeout`.
 */
export const serverOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 2000,
  // A token with many groups needs about 8 KiB; Go's default is 1 MiB, Node's 16 KiB.
  maxHeaderSize: 32 * 1024,
  requireHostHeader: true,
  insecureHTTPParser: false,
  ServerResponse: DrainingResponse,
} as const satisfies ServerOptions

/** What `https.createServer` takes beside `serverOptions`: modern TLS, and an end to handshakes that stall. */
export const tlsOptions = { minVersion: 'TLSv1.2', handshakeTimeout: 10_000 } as const
