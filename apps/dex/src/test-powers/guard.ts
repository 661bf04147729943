import type { IncomingHttpHeaders } from 'node:http'
import { equalInConstantTime } from '../http/browser-cookie.ts'
import { ProblemError } from './problem.ts'

export interface GuardedRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** The port of this end of the connection. */
  readonly localPort: number | undefined
}

/**
 * Why a request may not use the test powers; undefined when it may. Being on loopback proves nothing: web
 * pages reach it (by themselves, or under a name that was pointed here: DNS rebinding), and so does whatever
 * else runs on the machine, such as a command that `kubectl exec` started. Pure.
 */
export function refusal(
  { method, headers, localPort }: GuardedRequest,
  secret: string,
): ProblemError | undefined {
  const port = String(localPort)
  const own = [`127.0.0.1:${port}`, `[::1]:${port}`, `localhost:${port}`]
  if (!own.includes(headers.host?.toLowerCase() ?? '')) {
    return new ProblemError(421, `The Host header must be ${own[0]}.`)
  }
  const site = headers['sec-fetch-site']
  if (headers.origin !== undefined || (site !== undefined && site !== 'none')) {
    return new ProblemError(403, 'Web pages may not use the test powers.')
  }
  const given = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (given === undefined || !equalInConstantTime(given, secret)) {
    return new ProblemError(401, 'The bearer secret is missing or wrong; it stands in the secretFile.')
  }
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method)
  if (hasBody && type !== 'application/json') {
    return new ProblemError(415, 'The Content-Type must be application/json.')
  }
  return undefined
}
