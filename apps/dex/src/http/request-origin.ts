import { isIP } from 'node:net'

/** What a request says about how it got here. */
export interface Arrival {
  /** The Host header. */
  readonly host: string | undefined
  readonly encrypted: boolean
  /** The address and port of this end of the connection. */
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
}

/**
 * The origin (`https://host:port`) that URLs in an answer begin with: the one that was asked for, when it
 * certainly is one of this process, and the issuer's otherwise. So whoever comes by a loopback address
 * (kube-apiserver with a discoveryURL) finds the keys there, while a made-up Host header gets nothing of
 * its own into the answer. `alsoKnownAs`: hosts with their ports that are this process as well. Pure.
 */
export function requestOrigin(arrival: Arrival, issuer: URL, alsoKnownAs: readonly string[] = []): string {
  const scheme = arrival.encrypted ? 'https' : 'http'
  const asked = URL.parse(`${scheme}://${arrival.host ?? ''}`)
  if (!asked || !isPlain(asked, arrival.host) || asked.host === issuer.host) return issuer.origin
  if (alsoKnownAs.includes(asked.host)) return asked.origin
  const port = Number(asked.port || (arrival.encrypted ? 443 : 80))
  if (port !== arrival.localPort) return issuer.origin
  const hostname = asked.hostname.replace(/^\[|\]$/g, '')
  const isOurs = isLoopback(hostname) || hostname === withoutIPv4Prefix(arrival.localAddress)
  return isOurs ? asked.origin : issuer.origin
}

/** A host and a port, and nothing that URL parsing had to mend. */
function isPlain(url: URL, host: string | undefined): boolean {
  const withoutDefaultPort = host?.toLowerCase().replace(url.protocol === 'https:' ? /:443$/ : /:80$/, '')
  return url.host === withoutDefaultPort
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '::1') return true
  return isIP(hostname) === 4 && hostname.startsWith('127.')
}

/** A socket that listens on `::` shows IPv4 addresses as ::ffff:127.0.0.1. */
function withoutIPv4Prefix(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:/i, '')
}
