import { isIP } from 'node:net'
import { isDeviceCallback, type StaticClient } from '../config/static-clients.ts'
import { DEVICE_CALLBACK_PATH, isDeviceFlowAllowed } from '../device/device-callback.ts'

/**
 * Whether a client may be sent to `uri`: one of its own, to the letter. A public client without any may
 * use loopback over HTTP at every port and path, as command line tools need it. Pure.
 *
 * `basePath` is the path of the issuer.
 *
 * @see Dex, server/oauth2.go, validateRedirectURI
 */
export function isRedirectURIAllowed(client: StaticClient, uri: string, basePath = ''): boolean {
  // A path of our own, whatever the issuer's path is.
  if (uri === basePath + DEVICE_CALLBACK_PATH) return isDeviceFlowAllowed(client)
  if (isDeviceCallback(uri)) return false
  if (client.redirectURIs.includes(uri)) return true
  if (!client.public || client.redirectURIs.length > 0) return false
  const url = URL.parse(uri)
  // What URL parsing mends (http:\\, tabs, a user before the host) is read differently elsewhere.
  const isPlain = /^http:\/\/[^\s\\@#/?]+(?:[/?][^\s\\#]*)?$/.test(uri)
  return url !== null && isPlain && url.protocol === 'http:' && isLoopback(url.hostname)
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true
  return isIP(hostname) === 4 && hostname.startsWith('127.')
}

/** The address that a browser is sent to, as Dex writes it: the registered URI stays as it is. Pure. */
export function withParameters(uri: string, parameters: Readonly<Record<string, string>>): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams(parameters).toString()}`
}

/** The address that a browser is sent to with tokens, which no server on the way gets to see. Pure. */
export function withFragment(uri: string, parameters: Readonly<Record<string, string>>): string {
  return `${uri}#${new URLSearchParams(parameters).toString()}`
}
