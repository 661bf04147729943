import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { clientAddress, type Logger } from '@gatehouse/server'
import type { WebSettings } from '../config/web.ts'
import { answerCors } from './cors.ts'
import type { Exchange } from './exchange.ts'
import { RequestError } from './request-error.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { requestOrigin } from './request-origin.ts'
import { sendErrorPage } from './respond.ts'
import { createRouter, type Method, type Route } from './routes.ts'
import { setSecurityHeaders } from './security-headers.ts'

export interface DispatchOptions {
  readonly issuer: URL
  readonly web: WebSettings
  /** Other hosts (with ports) that are this issuer. */
  readonly alsoKnownAs: readonly string[]
  readonly routes: readonly Route[]
  readonly metrics: RequestMetrics
  /** Sees a request before its endpoint; true when nobody shall answer it any more. */
  readonly intercept?: (route: Route, exchange: Exchange) => Promise<boolean>
  readonly logger: Logger
}

/** The request listener of every port: finds the endpoint, sets the headers that all share, counts and logs. */
export function createDispatch(options: DispatchOptions): RequestListener {
  const { issuer, web, alsoKnownAs, routes, metrics, intercept, logger } = options
  const basePath = issuer.pathname.replace(/\/$/, '')
  const findRoute = createRouter(routes)
  const addressOf = clientAddress(web.clientRemoteIP)

  const answer = async (request: IncomingMessage, response: ServerResponse, facts: { route: string }) => {
    setSecurityHeaders(response)
    const url = URL.parse(request.url ?? '', 'http://dex.invalid')
    const exchange = exchangeOf(request, response, url ?? new URL('http://dex.invalid'))
    const isBelow = url?.pathname.startsWith(`${basePath}/`)
    const match = isBelow ? findRoute(url!.pathname.slice(basePath.length)) : undefined
    if (match?.kind !== 'found') {
      return sendErrorPage(exchange, 404, 'There is no such page.')
    }
    const { route, params } = match
    facts.route = route.name
    if (route.cors && answerCors(web, request, response)) return undefined
    // What answers GET answers HEAD; Node leaves the body out.
    const handler = route.methods[(request.method === 'HEAD' ? 'GET' : request.method) as Method]
    if (!handler) {
      response.setHeader('Allow', Object.keys(route.methods).join(', '))
      return sendErrorPage(exchange, 405, 'Unsupported request method.')
    }
    if (intercept && (await intercept(route, exchange))) return undefined
    return handler({ ...exchange, params }).catch((error: unknown) => fail(exchange, route.name, error))
  }

  const exchangeOf = (request: IncomingMessage, response: ServerResponse, url: URL): Exchange => {
    const { socket, headers } = request
    const encrypted = (socket as Partial<TLSSocket>).encrypted === true
    const { localAddress, localPort } = socket
    return {
      request,
      response,
      url,
      params: {},
      basePath,
      origin: requestOrigin({ host: headers.host, encrypted, localAddress, localPort }, issuer, alsoKnownAs),
      secure: encrypted || issuer.protocol === 'https:',
      clientAddress: addressOf(socket.remoteAddress ?? '', headers),
    }
  }

  const fail = (exchange: Exchange, route: string, error: unknown) => {
    const { response } = exchange
    if (response.headersSent) return void response.destroy()
    if (error instanceof RequestError) return sendErrorPage(exchange, error.status, error.message)
    logger.error({ err: error, route }, 'a request failed')
    sendErrorPage(exchange, 500, 'Internal server error.')
  }

  return (request, response) => {
    const started = performance.now()
    const matched = { route: 'unknown' }
    response.once('close', () => {
      const seconds = (performance.now() - started) / 1000
      const facts = { ...matched, method: request.method ?? '', code: response.statusCode }
      metrics.observe(facts, seconds)
      logger.info({ ...facts, durationMs: Math.round(seconds * 1000) }, 'request')
    })
    answer(request, response, matched).catch((error: unknown) => {
      logger.error({ err: error }, 'a request failed before it reached an endpoint')
      response.destroy()
    })
  }
}
