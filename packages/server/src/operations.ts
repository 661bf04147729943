import type { IncomingMessage, ServerResponse } from 'node:http'
import { closeGracefully } from './close.ts'
import { listen } from './listen.ts'
import type { Logger } from './logger.ts'
import { isLoopbackHost } from './loopback.ts'
import { createRegistry } from './metrics.ts'
import { http } from './node-http.ts'
import { type Check, type CheckResult, describeChecks, runChecks } from './readiness.ts'
import { serverOptions } from './server-options.ts'

/** Where the text of `/metrics` comes from. */
interface Metrics {
  readonly contentType: string
  readonly metrics: () => Promise<string>
}

export interface OperationsOptions {
  readonly host: string
  readonly port: number
  /** Asked on every readiness probe; liveness asks none. */
  readonly checks: Readonly<Record<string, Check>>
  /** Default: a new one with the process' own metrics. */
  readonly registry?: Metrics
  readonly logger: Logger
}

export interface Operations extends AsyncDisposable {
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string
  /** From now on the service is alive but not ready, whatever the checks say. */
  readonly setDraining: () => void
}

/**
 * Starts the listener for probes and metrics, apart from the service's own: `/livez` (`/healthz`,
 * `/healthz/live`), `/readyz` (`/healthz/ready`) and `/metrics`. GET and HEAD only. A readiness answer is
 * 200 with `ok`, or 503 with the names of the checks that failed; `?verbose` lists them all. On loopback only
 * requests to a loopback host are answered: a web page whose name was made to mean 127.0.0.1 (DNS rebinding)
 * would else read the metrics.
 *
 * @throws ServerError `ERR_LISTEN`
 */
export async function startOperations(options: OperationsOptions): Promise<Operations> {
  const { checks, registry = createRegistry(), logger } = options
  let draining = false
  let wasReady: boolean | undefined

  const readiness = async () => {
    const results = await runChecks(checks)
    if (draining) results.push({ name: 'shutdown', ok: false, reason: 'the service is draining' })
    logChange(results)
    return results
  }
  const logChange = (results: readonly CheckResult[]) => {
    const ready = results.every(({ ok }) => ok)
    if (ready === wasReady) return
    wasReady = ready
    const failed = Object.fromEntries(
      results.filter(({ ok }) => !ok).map(({ name, reason }) => [name, reason]),
    )
    if (ready) logger.info('ready')
    else logger.warn({ failed }, 'not ready')
  }
  const routes: Record<string, () => Promise<Answer>> = {
    '/livez': async () => health('livez', []),
    '/readyz': async () => health('readyz', await readiness()),
    '/metrics': async () => ({ code: 200, type: registry.contentType, body: await registry.metrics() }),
  }
  const aliases: Record<string, string> = {
    '/healthz': '/livez',
    '/healthz/live': '/livez',
    '/healthz/ready': '/readyz',
  }
  const isForThisMachine = ({ headers: { host } }: IncomingMessage) => {
    return host === undefined || isLoopbackHost(host.toLowerCase().replace(/:\d+$/, ''))
  }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (isLoopbackHost(options.host) && !isForThisMachine(request)) {
      return send(response, { code: 421, body: 'ask by a loopback address or localhost\n' })
    }
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://operations')
    const path = aliases[pathname] ?? pathname
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (!route) return send(response, { code: 404, body: 'not found\n' })
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return send(response, { code: 405, body: 'only GET and HEAD\n' })
    }
    const result = await route()
    const { brief } = result
    const isBrief = brief !== undefined && result.code === 200 && !searchParams.has('verbose')
    return send(response, isBrief ? { ...result, body: brief } : result)
  }

  const server = http.createServer(serverOptions, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      logger.error({ err: error, path: request.url }, 'an operations request failed')
      send(response, { code: 500, body: 'internal error\n' })
    })
  })
  const address = await listen(server, options)
  return {
    url: `http://${address}`,
    setDraining() {
      draining = true
    },
    [Symbol.asyncDispose]: () => closeGracefully(server, 500),
  }
}

interface Answer {
  readonly code: number
  readonly body: string
  /** Sent in place of `body` when all is well and nobody asked for more. */
  readonly brief?: string
  readonly type?: string
}

function health(endpoint: string, results: readonly CheckResult[]): Answer {
  const code = results.every(({ ok }) => ok) ? 200 : 503
  return { code, body: describeChecks(endpoint, results), brief: 'ok' }
}

function send(response: ServerResponse, { code, body, type = 'text/plain; charset=utf-8' }: Answer): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(code, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(body)
}
