import type { IncomingMessage } from 'node:http'
import { isLoopbackHost } from '@gatehouse/server'
import { admit } from './admit.ts'
import { beginCourse, factsOf, type HandlerContext, headOf, reportOf } from './course.ts'
import { cut, type HttpRequest, type HttpResponse, isHttp2 } from './protocol.ts'
import type { Refusal } from './refusal.ts'
import { relay } from './relay.ts'
import { limitBody } from './request-body.ts'
import { upstreamHeaders } from './request-headers.ts'
import { answerTo, respond } from './respond.ts'

/** Serves the requests inside terminated connections: admit, then the upstream. */
export function handleRequest(context: HandlerContext, request: HttpRequest, response: HttpResponse): void {
  if (isPastTheLast(context, request, response)) return
  const serving = context.serving()
  const { strictTransportSecurity } = serving
  const course = beginCourse(request)
  response.once('close', () => {
    const code = response.headersSent ? response.statusCode : 499
    context.observer.request(reportOf(request, { code, upgraded: false }, course))
  })
  response.setHeader('Audit-ID', course.auditId)
  const refuse = (refusal: Refusal) => {
    course.failure ??= refusal.message
    if (!isHttp2(request)) context.finished.add(request.socket)
    respond(response, answerTo(refusal, request.headers.accept))
  }
  const head = headOf(request)
  const admission = admit(head, serving.routes, context.limits)
  if ('refusal' in admission) return refuse(admission.refusal)
  const { route } = admission
  course.host = route.host
  if (strictTransportSecurity && !isLoopbackHost(route.host)) {
    response.setHeader('Strict-Transport-Security', `max-age=${strictTransportSecurity.maxAgeSeconds}`)
  }
  course.service = route.upstream.service
  const headers = upstreamHeaders(head.rawHeaders, factsOf(head, course, context.port(), false))
  // In HTTP/2 the property has only a getter.
  Object.defineProperty(request, 'headers', { value: headers })
  const abandon = serving.forwarders.get(route.host)!.forward(request, response, {
    onAnswer: (answer: IncomingMessage) =>
      relay(answer, request, response, {
        route,
        auditId: course.auditId,
        strictTransportSecurity,
        isLast: context.isDraining(),
        unreadMs: context.limits.unreadSeconds * 1000,
      }),
    onFailure(refusal) {
      course.failure = refusal.message
      if (response.headersSent || response.destroyed) cut(response)
      else refuse(refusal)
    },
  })
  limitBody(request, context.limits, (refusal) => {
    abandon()
    refuse(refusal)
  })
}

/**
 * Whether a request stands behind the last one of its HTTP/1.1 connection. Node goes on parsing there; it may be
 * the body that the refused request before it lied about.
 */
function isPastTheLast(context: HandlerContext, request: HttpRequest, response: HttpResponse): boolean {
  if ('stream' in response) return false
  if (context.finished.has(request.socket)) return true
  if (!response.shouldKeepAlive) context.finished.add(request.socket)
  return false
}
