import type { IncomingHttpHeaders } from 'node:http'
import { connectionOptions } from './admit.ts'

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

/**
 * Takes out of an upstream's answer what is between the two of us (RFC 9110 §7.6.1) or ours to say: our
 * Audit-ID stays the only one, and HSTS of a host that means this machine would reach its other servers.
 * Changes `headers`, because http-proxy-3 copies from there.
 */
export function cleanResponseHeaders(headers: IncomingHttpHeaders, keepHsts: boolean): void {
  const named = connectionOptions(headers.connection === undefined ? [] : [headers.connection])
  // What frames the body stays, even if an upstream names it: the client must see where it ends.
  for (const name of named) if (name !== 'content-length') delete headers[name]
  for (const name of HOP_BY_HOP) delete headers[name]
  delete headers['audit-id']
  if (!keepHsts) delete headers['strict-transport-security']
}
