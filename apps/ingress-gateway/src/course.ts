import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { RequestHead } from './admit.ts'
import type { GatewayConfig } from './config.ts'
import type { Forwarder } from './forward.ts'
import { type Observer, pathOf, type RequestReport } from './observe.ts'
import type { Facts } from './request-headers.ts'
import type { Routes } from './routes.ts'

/** What serving requests needs beside the request. */
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
export interface Course {
  host: string | undefined
  service: string
  failure: string | undefined
}

/** What is to be decided about, as it came in. */
export function headOf(request: IncomingMessage): RequestHead {
  const { servername } = request.socket as TLSSocket & { servername?: string | false }
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    httpVersion: request.httpVersion,
    rawHeaders: request.rawHeaders,
    serverName: typeof servername === 'string' ? servername.toLowerCase() : undefined,
  }
}

/** What the upstream is told about a request. */
export function factsOf(
  request: IncomingMessage,
  auditId: string,
  context: HandlerContext,
  upgrade: boolean,
): Facts {
  return {
    remoteAddress: request.socket.remoteAddress ?? 'unknown',
    host: request.headers.host!,
    port: context.port(),
    auditId,
    upgrade,
  }
}

/** What the log is told about a request. */
export function reportOf(
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
