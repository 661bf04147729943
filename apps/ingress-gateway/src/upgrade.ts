import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { admitUpgrade } from './admit.ts'
import { beginCourse, factsOf, type HandlerContext, headOf, reportOf } from './course.ts'
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
  const serving = context.serving()
  const course = beginCourse(request)
  let code = 499
  socket.once('close', () => {
    context.observer.request(reportOf(request, { code, upgraded: code === 101 }, course))
  })
  // A client that resets its connection is told by `close`.
  socket.on('error', () => undefined)
  const refuse = (refusal: Refusal) => {
    code = refusal.code
    course.failure = refusal.message
    const { headers, body } = answerTo(refusal, request.headers.accept)
    socket.end(rawAnswer(code, { ...headers, 'Audit-ID': course.auditId }, body), () => socket.destroy())
  }
  const requestHead = headOf(request)
  const admission = admitUpgrade(requestHead, serving.routes, context.limits)
  if ('refusal' in admission) return refuse(admission.refusal)
  const { route } = admission
  course.host = route.host
  course.service = route.upstream.service
  request.headers = upstreamHeaders(request.rawHeaders, factsOf(requestHead, course, context.port(), true))
  serving.forwarders.get(route.host)!.upgrade(request, socket, head, {
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
