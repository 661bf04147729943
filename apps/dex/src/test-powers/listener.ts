import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { closeGracefully, listen, type Logger, serverOptions, tlsOptions, watchTls } from '@gatehouse/server'
import type { TestPowersSettings } from '../config/test-powers.ts'
import type { WebSettings } from '../config/web.ts'

const GRACE_MS = 1000

/**
 * Listens for the test powers: with the issuer's certificate where it has one, so that the secret is not
 * told to another process which took the port while this one was away.
 *
 * @throws ServerError `ERR_LISTEN`; ConfigurationError for a certificate that can't be used
 */
export async function startTestPowersListener(
  address: TestPowersSettings['listen'],
  web: WebSettings,
  handle: RequestListener,
  logger: Logger,
): Promise<AsyncDisposable & { readonly url: string }> {
  await using started = new AsyncDisposableStack()
  const { https, tlsCert = '', tlsKey = '' } = web
  const tls = https
    ? started.use(await watchTls({ certificateFile: tlsCert, keyFile: tlsKey, logger }))
    : undefined
  const server = tls
    ? createHttpsServer({ ...serverOptions, ...tlsOptions }, handle)
    : createHttpServer(serverOptions, handle)
  if (tls) tls.attach(server as ReturnType<typeof createHttpsServer>)
  const url = `${tls ? 'https' : 'http'}://${await listen(server, address)}`
  started.defer(() => closeGracefully(server, GRACE_MS))
  const running = started.move()
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
