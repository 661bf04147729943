import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { auditIdOf } from '@gatehouse/server'
import { admitUpgrade } from './admit.ts'
import { type Course, factsOf, type HandlerContext, headOf, reportOf } from './course.ts'
import type { Refusal } from './refusal.ts'
import { upstreamHeaders } from './request-headers.ts'
import { answerTo } from './respond.ts'

/** Serves the requests that ask to leave HTTP; the socket is ours from here on. */
export function handleUpgrade(
  context: HandlerContext,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const auditId = auditIdOf(request.headersDistinct['audit-id'])
  const course: Course = { host: undefined, service: 'gateway', failure: undefined }
  const startedAt = performance.now()
  let code = 499
  socket.once('close', () => {
    context.observer.request(reportOf(request, { auditId, startedAt, code, upgraded: code === 101 }, course))
  })
  // A client that resets its connection is told by `close`.
  socket.on('error', () => undefined)
  const refuse = (refusal: Refusal) => {
    code = refusal.code
    course.failure = refusal.message
    const { headers, body } = answerTo(refusal, request.headers.accept)
    socket.end(rawAnswer(code, { ...headers, 'Audit-ID': auditId }, body), () => socket.destroy())
  }
  const admission = admitUpgrade(headOf(request), context.routes)
  if ('refusal' in admission) return refuse(admission.refusal)
  const { route } = admission
  course.host = route.host
  course.service = route.upstream.service
  request.headers = upstreamHeaders(request.rawHeaders, factsOf(request, auditId, context, true))
  context.forwarders.get(route.host)!.upgrade(request, socket, head, {
    isDraining: context.isDraining,
    onUpgraded() {
      code = 101
    },
    onFailure: refuse,
  })
}

/** An answer for a socket that Node no longer speaks HTTP on. */
function rawAnswer(code: number, headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({ ...headers, 'Content-Length': String(Buffer.byteLength(body)) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return `HTTP/1.1 ${code} Refused\r\n${lines.join('')}\r\n${body}`
}
