import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { admit, admitUpgrade, type RequestHead } from './admit.ts'
import type { GatewayConfig } from './config.ts'
import type { Forwarder } from './forward.ts'
import { PAGE_HEADERS } from './html.ts'
import { isLoopbackHost } from './host.ts'
import { type Observer, pathOf, type RequestReport } from './observe.ts'
import { pathBPage } from './path-b-page.ts'
import { methodNotAllowed, pathNotFound, type Refusal } from './refusal.ts'
import { auditIdOf, upstreamHeaders } from './request-headers.ts'
import { type Answer, answerTo, respond } from './respond.ts'
import type { Routes, TerminatedRoute } from './routes.ts'

export interface HandlerContext {
  readonly routes: Routes
  readonly forwarders: ReadonlyMap<string, Forwarder>
  readonly observer: Observer
  readonly strictTransportSecurity: GatewayConfig['strictTransportSecurity']
  /** The https port that clients use. */
  readonly port: () => number
  readonly isDraining: () => boolean
  /** Connections on which no further request counts: one was refused, or was said to be the last. */
  readonly finished: WeakSet<object>
}

/** The mutable part of a report, filled in as a request goes on. */
interface Course {
  host: string | undefined
  service: string
  failure: string | undefined
}

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
  const auditId = auditIdOf(request.headersDistinct['audit-id'], randomUUID)
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

/** Serves the requests that ask to leave HTTP; the socket is ours from here on. */
export function handleUpgrade(
  context: HandlerContext,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const auditId = auditIdOf(request.headersDistinct['audit-id'], randomUUID)
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

/** What is to be decided about, as it came in. */
function headOf(request: IncomingMessage): RequestHead {
  const { servername } = request.socket as TLSSocket & { servername?: string | false }
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    httpVersion: request.httpVersion,
    rawHeaders: request.rawHeaders,
    serverName: typeof servername === 'string' ? servername.toLowerCase() : undefined,
  }
}

function factsOf(request: IncomingMessage, auditId: string, context: HandlerContext, upgrade: boolean) {
  return {
    remoteAddress: request.socket.remoteAddress ?? 'unknown',
    host: request.headers.host!,
    port: context.port(),
    auditId,
    upgrade,
  }
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

function reportOf(
  request: IncomingMessage,
  outcome: { auditId: string; startedAt: number; code: number; upgraded: boolean },
  course: Course,
): RequestReport {
  const { startedAt, ...rest } = outcome
  return {
    listener: 'https',
    method: request.method ?? '',
    path: pathOf(request),
    durationSeconds: (performance.now() - startedAt) / 1000,
    remoteAddress: request.socket.remoteAddress ?? 'unknown',
    ...rest,
    ...course,
  }
}

/** An answer for a socket that Node no longer speaks HTTP on. */
function rawAnswer(code: number, headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({ ...headers, 'Content-Length': String(Buffer.byteLength(body)) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return `HTTP/1.1 ${code} Refused\r\n${lines.join('')}\r\n${body}`
}
