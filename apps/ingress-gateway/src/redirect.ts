import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { auditIdOf, DrainingResponse } from '@gatehouse/server'
import { http } from '@gatehouse/server/node-http'
import { admitHost, type RequestHead } from './admit.ts'
import type { Limits } from './config.ts'
import { http1Options } from './http1.ts'
import { type Observer, pathOf } from './observe.ts'
import type { Refusal } from './refusal.ts'
import { answerTo, respond } from './respond.ts'
import type { Routes } from './routes.ts'

/**
 * Where a plain request belongs: the same path and query at the host's https address. Only hosts that are
 * served are ever named, with our own port, so that no Host header sends anybody elsewhere. Pure.
 */
function redirectOf(
  head: Omit<RequestHead, 'serverName'>,
  routes: Routes,
  httpsPort: number,
): { readonly location: string } | { readonly refusal: Refusal } {
  const admission = admitHost(head, routes)
  if ('refusal' in admission) return admission
  const port = httpsPort === 443 ? '' : `:${httpsPort}`
  return { location: `https://${admission.route.host}${port}${head.target}` }
}

/** The plain HTTP listener: 308, which keeps method and body (RFC 9110 §15.4.9), or the reason why not. */
export function createRedirectServer(
  routes: () => Routes,
  limits: Limits,
  httpsPort: () => number,
  observer: Observer,
): Server {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const startedAt = performance.now()
    const auditId = auditIdOf(request.headersDistinct['audit-id'])
    const head = {
      method: request.method ?? '',
      target: request.url ?? '',
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
    }
    const outcome = redirectOf(head, routes(), httpsPort())
    response.once('close', () => {
      observer.request({
        listener: 'http',
        httpVersion: head.httpVersion,
        auditId,
        method: head.method,
        host: 'location' in outcome ? new URL(outcome.location).hostname : undefined,
        path: pathOf(request.url),
        service: 'gateway',
        code: response.headersSent ? response.statusCode : 499,
        durationSeconds: (performance.now() - startedAt) / 1000,
        remoteAddress: request.socket.remoteAddress ?? 'unknown',
        upgraded: false,
      })
    })
    response.setHeader('Audit-ID', auditId)
    if ('refusal' in outcome) return respond(response, answerTo(outcome.refusal, request.headers.accept))
    // The body of a redirected request is not read.
    response.writeHead(308, { Location: outcome.location, 'Content-Length': 0, Connection: 'close' }).end()
    return undefined
  }
  return http.createServer({ ...http1Options(limits), ServerResponse: DrainingResponse }, answer)
}
