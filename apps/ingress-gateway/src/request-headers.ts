import type { IncomingHttpHeaders } from 'node:http'
import { connectionOptions } from './admit.ts'

/** What the gateway knows about a request and tells the upstream. */
export interface Facts {
  readonly remoteAddress: string
  /** The Host header as it was sent, checked. */
  readonly host: string
  /** The port that clients connect to. */
  readonly port: number
  readonly auditId: string
  /** Whether the request asks for a WebSocket. */
  readonly upgrade: boolean
}

/** Hop by hop (RFC 9110 §7.6.1), and what only this hop may answer (`expect`) or would mislead (`trailer`). */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
])
/** Headers by which services believe a proxy; from a client they are lies or accidents. */
const CLAIMS =
  /^(?:forwarded|x-forwarded(?:-.*)?|x-real-ip|x-original-(?:url|uri|host|for)|x-rewrite-url|x-remote-.*|x-client-ip|true-client-ip|x-cluster-client-ip|x-host|impersonate-.*|audit-id)$/

/**
 * The headers with which a request goes to its upstream: the client's own without hop-by-hop headers, those
 * that `Connection` names and claims that only a proxy may make; then ours. Names with underscores are
 * treated as if they had hyphens, since some servers read them so. Pure.
 */
export function upstreamHeaders(rawHeaders: readonly string[], facts: Facts): IncomingHttpHeaders {
  const pairs: [name: string, value: string][] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index]!.toLowerCase(), rawHeaders[index + 1]!])
  }
  const named = new Set(
    connectionOptions(pairs.filter(([name]) => name === 'connection').map(([, value]) => value)),
  )
  const headers: Record<string, string | string[]> = Object.create(null)
  for (const [name, value] of pairs) {
    if (HOP_BY_HOP.has(name) || named.has(name) || CLAIMS.test(name.replaceAll('_', '-'))) continue
    const earlier = headers[name]
    if (earlier === undefined) headers[name] = value
    else headers[name] = [earlier, value].flat()
  }
  return {
    ...headers,
    connection: facts.upgrade ? 'Upgrade' : 'keep-alive',
    ...(facts.upgrade ? { upgrade: 'websocket' } : {}),
    'x-forwarded-for': facts.remoteAddress,
    'x-forwarded-host': facts.host,
    'x-forwarded-port': String(facts.port),
    'x-forwarded-proto': 'https',
    'audit-id': facts.auditId,
  }
}
