import type { TLSSocket } from 'node:tls'
import { auditIdOf } from '@gatehouse/server'
import type { RequestHead } from './admit.ts'
import type { Limits } from './config.ts'
import { downgrade } from './downgrade.ts'
import { type Observer, pathOf, type RequestReport } from './observe.ts'
import { type HttpRequest, isHttp2 } from './protocol.ts'
import type { Facts } from './request-headers.ts'
import type { Serving } from './serving.ts'

/** What serving requests needs beside the request. */
export interface HandlerContext {
  /** What is served now; a request keeps to what it began with. */
  readonly serving: () => Serving
  readonly limits: Limits
  readonly observer: Observer
  /** The https port that clients use. */
  readonly port: () => number
  readonly isDraining: () => boolean
  /** HTTP/1.1 connections on which no further request counts: one was refused, or was said to be the last. */
  readonly finished: WeakSet<object>
}

/** The mutable part of a report, filled in as a request goes on. */
export interface Course {
  readonly startedAt: number
  readonly auditId: string
  /** Asked for at once: a connection that is gone no longer knows it. */
  readonly remoteAddress: string
  host: string | undefined
  service: string
  failure: string | undefined
}

export function beginCourse(request: HttpRequest): Course {
  return {
    startedAt: performance.now(),
    // Several are joined, and then none that is used.
    auditId: auditIdOf([request.headers['audit-id'] ?? []].flat()),
    remoteAddress: request.socket.remoteAddress ?? 'unknown',
    host: undefined,
    service: 'gateway',
    failure: undefined,
  }
}

/** What is to be decided about, as it came in; an HTTP/2 request as HTTP/1.1 says it. */
export function headOf(request: HttpRequest): RequestHead {
  const http2 = isHttp2(request)
  const { servername } = request.socket as TLSSocket & { servername?: string | false }
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    httpVersion: http2 ? '1.1' : request.httpVersion,
    rawHeaders: http2 ? downgrade(request.rawHeaders, !request.stream.endAfterHeaders) : request.rawHeaders,
    serverName: typeof servername === 'string' ? servername.toLowerCase() : undefined,
  }
}

/** What the upstream is told about a request. */
export function factsOf(head: RequestHead, course: Course, port: number, upgrade: boolean): Facts {
  const index = head.rawHeaders.findIndex((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
  return {
    remoteAddress: course.remoteAddress,
    host: head.rawHeaders[index + 1]!,
    port,
    auditId: course.auditId,
    upgrade,
  }
}

/** What the log is told about a request. */
export function reportOf(
  request: HttpRequest,
  outcome: { code: number; upgraded: boolean },
  { startedAt, ...course }: Course,
): RequestReport {
  return {
    listener: 'https',
    httpVersion: request.httpVersion,
    method: request.method ?? '',
    path: pathOf(request.url),
    durationSeconds: (performance.now() - startedAt) / 1000,
    ...outcome,
    ...course,
  }
}
