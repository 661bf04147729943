import type { IncomingMessage } from 'node:http'
import { METHODS } from './methods.ts'
import { Refusal } from './refusal.ts'
import { readHeaders, type RequestHeaders } from './request-headers.ts'

export interface RequestLimits {
  readonly headers: number
  readonly bodyBytes: number
  readonly inFlight: number
}

/**
 * The first stage: reads the headers, and refuses what is too much or not HTTP as everybody reads it.
 *
 * @throws Refusal
 */
export function checkLimits(
  request: IncomingMessage,
  limits: RequestLimits,
  { inFlight, dropsTraceContext }: { inFlight: number; dropsTraceContext: boolean },
): RequestHeaders {
  if (inFlight > limits.inFlight) {
    throw new Refusal(
      'ERR_TOO_MANY_REQUESTS',
      'the proxy serves too many requests at this time; try again later',
    )
  }
  const isHttp10 = request.httpVersionMajor === 1 && request.httpVersionMinor === 0
  const headers = readHeaders(request.rawHeaders, {
    headers: limits.headers,
    isHttp10,
    dropsTraceContext,
  })
  if (!METHODS.has(request.method ?? '')) {
    throw new Refusal('ERR_METHOD_NOT_ALLOWED', `the method ${request.method} is not allowed`)
  }
  if (typeof headers.body === 'object' && headers.body.length > limits.bodyBytes)
    throw tooLarge(limits.bodyBytes)
  return headers
}

export function tooLarge(bytes: number): Refusal {
  return new Refusal('ERR_TOO_LARGE', `the body of the request is larger than ${bytes} bytes`)
}
