import { createSecureContext, type SecureContext } from 'node:tls'
import { type Logger, tlsOptions, type TlsPair, type WatchedTls, watchTls } from '@gatehouse/server'
import type { Routes } from './routes.ts'

/** The certificates of all hosts that end TLS here; renewed files are in use at the next handshake. */
export interface Certificates extends Disposable {
  /** The context for a server name; undefined for hosts whose TLS does not end here. */
  readonly contextFor: (serverName: string) => SecureContext | undefined
  /** The certificate for clients that ask for no known name. */
  readonly fallback: WatchedTls
}

/** @throws ConfigurationError when a certificate can't be used */
export async function openCertificates(
  routes: Routes,
  defaultHost: string | undefined,
  logger: Logger,
): Promise<Certificates> {
  const watched = new Map<string, WatchedTls>()
  const contexts = new Map<string, { pair: TlsPair; context: SecureContext }>()
  const dispose = () => {
    for (const tls of watched.values()) tls[Symbol.dispose]()
  }
  try {
    for (const route of routes.values()) {
      if (route.kind === 'passthrough') continue
      watched.set(route.host, await watchTls({ ...route.tls, logger: logger.child({ host: route.host }) }))
    }
  } catch (error) {
    dispose()
    throw error
  }
  const contextFor = (serverName: string) => {
    const pair = watched.get(serverName)?.current()
    if (!pair) return undefined
    const known = contexts.get(serverName)
    if (known?.pair === pair) return known.context
    const context = createSecureContext({ ...pair, minVersion: tlsOptions.minVersion })
    contexts.set(serverName, { pair, context })
    return context
  }
  const fallback = watched.get(defaultHost ?? [...watched.keys()][0]!)!
  return { contextFor, fallback, [Symbol.dispose]: dispose }
}
