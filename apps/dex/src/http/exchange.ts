import type { IncomingMessage, ServerResponse } from 'node:http'

/** One request and its answer, with what every endpoint asks about it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The path below the issuer and the query; the host in it means nothing. */
  readonly url: URL
  /** What the route's placeholders stand for, decoded. */
  readonly params: Readonly<Record<string, string>>
  /** `https://host:port` that URLs in the answer begin with. */
  readonly origin: string
  /** The path of the issuer, without a slash at its end; every URL's path begins with it. */
  readonly basePath: string
  /** Whether the browser talks HTTPS, to us or to a proxy before us. */
  readonly secure: boolean
  /** The address of the client, for the throttle. */
  readonly clientAddress: string
}

export type Handler = (exchange: Exchange) => Promise<void>
