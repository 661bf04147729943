import type { ServerResponse } from 'node:http'
import { writeStatus } from '@gatehouse/server'
import type { HeaderList } from './cors.ts'
import { Refusal } from './refusal.ts'
import { UpstreamError, type UpstreamErrorCode } from './upstream/errors.ts'
import type { ResponseHead } from './upstream/response-head.ts'

/** Of the API server's headers, those that the proxy alone says. */
const OURS = /^(?:access-control-.*|audit-id|alt-svc|strict-transport-security)$/i

/** Writes the head of the API server's answer for the client. Trailers never follow. */
export function writeHead(response: ServerResponse, head: ResponseHead, ours: HeaderList): void {
  response.writeHead(head.status, head.reason, headersFor(head, ours))
}

/** The headers of an answer for the client: the API server's, then the proxy's. */
export function headersFor(head: ResponseHead, ours: HeaderList): string[] {
  const headers: string[] = []
  for (let index = 0; index < head.headers.length; index += 2) {
    const name = head.headers[index]!
    if (!isOurs(name)) headers.push(name, head.headers[index + 1]!)
  }
  for (const text of ours) headers.push(text)
  return headers
}

const knownNames = new Map<string, boolean>()

function isOurs(name: string): boolean {
  const known = knownNames.get(name)
  if (known !== undefined) return known
  const verdict = OURS.test(name)
  if (knownNames.size < 2000) knownNames.set(name, verdict)
  return verdict
}

/** Ends a request with the Status of a refusal, and its connection unless that can stay. */
export function writeRefusal(
  response: ServerResponse,
  refusal: Refusal,
  ours: HeaderList,
  canStay: boolean,
): void {
  const headers: Record<string, string> = { ...refusal.headers }
  for (let index = 0; index < ours.length; index += 2) headers[ours[index]!] = ours[index + 1]!
  if (!canStay) headers['Connection'] = 'close'
  writeStatus(response, refusal.status, headers)
}

const REFUSALS: Readonly<Record<UpstreamErrorCode, Refusal['code']>> = {
  ERR_UPSTREAM_CONNECT: 'ERR_UNAVAILABLE',
  ERR_UPSTREAM_CLOSED: 'ERR_BAD_GATEWAY',
  ERR_UPSTREAM_STALE: 'ERR_BAD_GATEWAY',
  ERR_UPSTREAM_MALFORMED: 'ERR_BAD_GATEWAY',
  ERR_UPSTREAM_TIMEOUT: 'ERR_GATEWAY_TIMEOUT',
}

/** Whatever went wrong, as a refusal; what nobody foresaw is told without its message. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof UpstreamError)
    return new Refusal(REFUSALS[error.code], error.message, { cause: error })
  return new Refusal('ERR_INTERNAL', 'the proxy failed; its log says why', { cause: error })
}
