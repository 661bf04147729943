import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { isLoopbackHost } from '@gatehouse/server'
import { connectionOptions } from './admit.ts'
import type { GatewayConfig } from './config.ts'
import type { Encoding } from './encoding.ts'
import type { UpstreamRoute } from './routes.ts'

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** What any page can live with, for services that say nothing themselves. */
const BASELINE = {
  'content-security-policy': "base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/** What the gateway adds to an answer. */
export interface ResponseFacts {
  readonly auditId: string
  readonly strictTransportSecurity: GatewayConfig['strictTransportSecurity']
  /** Whether the answer may be compressed, and how it is for this client. */
  readonly compressible: boolean
  readonly encoding: Encoding | undefined
}

/**
 * The headers with which an upstream's answer goes to the client: its own, without what was between the two of us
 * (RFC 9110 §7.6.1) and with the security headers that it lacks; its own win. The one Audit-ID is ours, and
 * HSTS of a host that means this machine would reach its other servers. Pure.
 */
export function clientHeaders(
  answer: IncomingHttpHeaders,
  route: UpstreamRoute,
  facts: ResponseFacts,
): OutgoingHttpHeaders {
  const own: OutgoingHttpHeaders = { ...answer }
  const named = connectionOptions(answer.connection === undefined ? [] : [answer.connection])
  // What frames the body stays, even if an upstream names it: the client must see where it ends.
  for (const name of named) if (name !== 'content-length') delete own[name]
  for (const name of HOP_BY_HOP) delete own[name]
  return {
    ...BASELINE,
    ...(route.contentSecurityPolicy ? { 'content-security-policy': route.contentSecurityPolicy } : {}),
    ...own,
    ...strictTransportSecurity(own, route.host, facts.strictTransportSecurity),
    ...encodingHeaders(own, facts),
    'audit-id': facts.auditId,
  }
}

/** Undefined takes the header away. */
function strictTransportSecurity(
  own: OutgoingHttpHeaders,
  host: string,
  configured: GatewayConfig['strictTransportSecurity'],
): OutgoingHttpHeaders {
  if (isLoopbackHost(host)) return { 'strict-transport-security': undefined }
  if (own['strict-transport-security'] !== undefined || !configured) return {}
  return { 'strict-transport-security': `max-age=${configured.maxAgeSeconds}` }
}

function encodingHeaders(own: OutgoingHttpHeaders, { compressible, encoding }: ResponseFacts) {
  if (!compressible) return {}
  const vary = [own['vary'] ?? [], 'Accept-Encoding'].flat().join(', ')
  if (!encoding) return { vary }
  const etag = own['etag']
  return {
    vary,
    'content-encoding': encoding,
    'content-length': undefined,
    'accept-ranges': undefined,
    // It was for other bytes (RFC 9110 §8.8.1).
    ...(typeof etag === 'string' && !etag.startsWith('W/') ? { etag: `W/${etag}` } : {}),
  }
}
