/** An answer of the gateway itself: a request that no service gets, or none could answer. */
export interface Refusal {
  readonly code: number
  /** As a `metav1.StatusReason`. */
  readonly reason: string
  readonly title: string
  readonly message: string
  /** Hosts that are served, for a client that asked for another. */
  readonly served?: readonly string[]
  /** A command that tells more. */
  readonly inspect?: string
  readonly headers?: Readonly<Record<string, string>>
}

export function malformed(message: string): Refusal {
  return { code: 400, reason: 'BadRequest', title: 'The request is malformed', message }
}

export function hostNotServed(host: string, served: readonly string[]): Refusal {
  return {
    code: 404,
    reason: 'NotFound',
    title: 'No such host',
    message: `${host} is not a host of this gateway; it serves ${served.join(', ')}`,
    served,
  }
}

export function misdirected(host: string, serverName: string | undefined): Refusal {
  const connection = serverName === undefined ? 'without naming a host' : `for ${serverName}`
  return {
    code: 421,
    reason: 'MisdirectedRequest',
    title: 'The request came over a connection for another host',
    message: `this TLS connection was opened ${connection}, the request asks for ${host}; open a new connection for ${host}`,
  }
}

export function methodNotAllowed(method: string, allowed: readonly string[]): Refusal {
  return {
    code: 405,
    reason: 'MethodNotAllowed',
    title: 'The method is not allowed',
    message: `${method} is not forwarded; allowed are ${allowed.join(', ')}`,
    headers: { Allow: allowed.join(', ') },
  }
}

export function lengthRequired(method: string): Refusal {
  return {
    code: 411,
    reason: 'LengthRequired',
    title: 'A length is required',
    message: `a ${method} request needs a Content-Length instead of a chunked body`,
  }
}

export function headersTooLarge(limitBytes: number): Refusal {
  return {
    code: 431,
    reason: 'RequestHeaderFieldsTooLarge',
    title: 'The headers are too large',
    message: `the headers of a request may have ${limitBytes} bytes at most; clearing this site's cookies may help`,
  }
}

export function bodyTooLarge(limitBytes: number): Refusal {
  return {
    code: 413,
    reason: 'RequestEntityTooLarge',
    title: 'The request is too large',
    message: `the body of a request may have ${limitBytes} bytes at most`,
  }
}

export function bodyTooSlow(seconds: number): Refusal {
  return {
    code: 408,
    reason: 'Timeout',
    title: 'The request takes too long',
    message: `the request was not there as a whole within ${seconds} s`,
  }
}

export function upgradeRefused(message: string): Refusal {
  return { code: 403, reason: 'Forbidden', title: 'The upgrade is refused', message }
}

export function upstreamFailed(
  upstream: { service: string; inspect?: string | undefined },
  host: string,
  why: string,
): Refusal {
  return {
    code: 502,
    reason: 'BadGateway',
    title: `${upstream.service} does not answer`,
    message: `${host} is served by ${upstream.service}, which ${why}`,
    inspect: upstream.inspect ?? `gatehouse logs ${upstream.service}`,
  }
}

export function upstreamTooSlow(
  upstream: { service: string; inspect?: string | undefined },
  host: string,
  seconds: number,
): Refusal {
  return {
    code: 504,
    reason: 'Timeout',
    title: `${upstream.service} takes too long`,
    message: `${host} is served by ${upstream.service}, which did not begin to answer within ${seconds} s`,
    inspect: upstream.inspect ?? `gatehouse logs ${upstream.service}`,
  }
}
