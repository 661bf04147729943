import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import {
  closeGracefully,
  listen,
  type Logger,
  serverOptions,
  tlsOptions,
  watchTls,
  type WatchedTls,
} from '@gatehouse/server'
import type { ListenAddress } from '../config/address.ts'
import type { WebSettings } from '../config/web.ts'

/** How long requests may take to finish once the service drains, in milliseconds. */
const GRACE_MS = 5000

/** The ports of the issuer. */
export interface Listeners extends AsyncDisposable {
  /** `http`, `https`, `https 2` and so on, as far as configured, with the ports that were really taken. */
  readonly urls: Record<string, string>
}

/**
 * Listens as `web` says, and at the addresses in `alsoHttps` with the same certificate.
 *
 * @throws ServerError `ERR_LISTEN`; ConfigurationError for a certificate that can't be used
 */
export async function startListeners(
  web: WebSettings,
  alsoHttps: readonly ListenAddress[],
  handle: RequestListener,
  logger: Logger,
): Promise<Listeners> {
  await using started = new AsyncDisposableStack()
  const urls: Record<string, string> = {}
  const add = async (name: string, server: Server, address: ListenAddress) => {
    const [scheme] = name.split(' ')
    urls[name] = `${scheme}://${await listen(server, address)}`
    started.defer(() => closeGracefully(server, GRACE_MS))
  }
  if (web.https) {
    const tls = started.use(await openTls(web, logger))
    for (const [index, address] of [web.https, ...alsoHttps].entries()) {
      const server = createHttpsServer({ ...serverOptions, ...tlsOptions }, handle)
      tls.attach(server, { minVersion: web.tlsMinVersion, maxVersion: web.tlsMaxVersion })
      await add(index === 0 ? 'https' : `https ${index + 1}`, server, address)
    }
  }
  if (web.http) await add('http', createHttpServer(serverOptions, handle), web.http)
  const running = started.move()
  return { urls, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

function openTls({ tlsCert = '', tlsKey = '' }: WebSettings, logger: Logger): Promise<WatchedTls> {
  return watchTls({ certificateFile: tlsCert, keyFile: tlsKey, logger })
}
