import type { IncomingMessage, ServerResponse } from 'node:http'
import { auditIdOf, isLoopbackHost } from '@gatehouse/server'
import { admit } from './admit.ts'
import { type Course, factsOf, type HandlerContext, headOf, reportOf } from './course.ts'
import { PAGE_HEADERS } from './html.ts'
import { pathOf } from './observe.ts'
import { pathBPage } from './path-b-page.ts'
import { methodNotAllowed, pathNotFound, type Refusal } from './refusal.ts'
import { upstreamHeaders } from './request-headers.ts'
import { type Answer, answerTo, respond } from './respond.ts'
import type { TerminatedRoute } from './routes.ts'

/** Serves the requests inside terminated connections: admit, then a page or the upstream. */
export function handleRequest(
  context: HandlerContext,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { socket } = request
  // Node goes on parsing; what stands behind a refused request may be the body that it lied about.
  if (context.finished.has(socket)) return
  if (!response.shouldKeepAlive) context.finished.add(socket)
  const auditId = auditIdOf(request.headersDistinct['audit-id'])
  const course: Course = { host: undefined, service: 'gateway', failure: undefined }
  const startedAt = performance.now()
  response.once('close', () => {
    const code = response.headersSent ? response.statusCode : 499
    context.observer.request(reportOf(request, { auditId, startedAt, code, upgraded: false }, course))
  })
  response.setHeader('Audit-ID', auditId)
  const refuse = (refusal: Refusal) => {
    course.failure ??= refusal.message
    context.finished.add(socket)
    respond(response, answerTo(refusal, request.headers.accept))
  }
  const admission = admit(headOf(request), context.routes)
  if ('refusal' in admission) return refuse(admission.refusal)
  const { route } = admission
  course.host = route.host
  setHsts(response, route, context)
  if (route.kind === 'page') {
    const answer = pageAnswer(request, route)
    if ('reason' in answer) return refuse(answer)
    if (context.isDraining()) response.setHeader('Connection', 'close')
    return respond(response, answer)
  }
  course.service = route.upstream.service
  request.headers = upstreamHeaders(request.rawHeaders, factsOf(request, auditId, context, false))
  context.forwarders.get(route.host)!.forward(request, response, {
    isDraining: context.isDraining,
    onFailure(refusal) {
      course.failure = refusal.message
      if (response.headersSent || response.destroyed) response.destroy()
      else refuse(refusal)
    },
  })
}

function pageAnswer(
  request: IncomingMessage,
  route: Extract<TerminatedRoute, { kind: 'page' }>,
): Answer | Refusal {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return methodNotAllowed(request.method ?? '', ['GET', 'HEAD'])
  }
  const path = pathOf(request)
  if (path !== '/') return pathNotFound(route.host, path)
  return { code: 200, headers: PAGE_HEADERS, body: pathBPage(route.pathB) }
}

function setHsts(response: ServerResponse, { host }: TerminatedRoute, context: HandlerContext): void {
  const { strictTransportSecurity } = context
  if (!strictTransportSecurity || isLoopbackHost(host)) return
  response.setHeader('Strict-Transport-Security', `max-age=${strictTransportSecurity.maxAgeSeconds}`)
}
