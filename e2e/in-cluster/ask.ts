import { once } from 'node:events'
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'

export interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly text: string
  /** The subjectAltName of the server's certificate; empty by plain HTTP. */
  readonly names: string
  /** Where the request came from. */
  readonly localAddress: string
}

/** Asks for `url` at an address that its name does not lead to. */
export async function ask(url: URL, options: { address: string; ca?: string }): Promise<Answer> {
  const { address, ca } = options
  const send = url.protocol === 'https:' ? request : plainRequest
  const common = { host: address, port: url.port, path: url.pathname, agent: false, timeout: 10_000 }
  const sent = send({ ...common, headers: { host: url.host }, servername: url.hostname, ca })
  sent.once('timeout', () => sent.destroy(new Error(`${address} did not answer for ${url.href}`)))
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const { statusCode, headers, socket } = response
  const names = (socket as Partial<TLSSocket>).getPeerCertificate?.().subjectaltname ?? ''
  const localAddress = socket.localAddress!
  return { status: statusCode!, location: headers.location, text: await text(response), names, localAddress }
}
