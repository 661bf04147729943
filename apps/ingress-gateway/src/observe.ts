import type { Logger } from '@gatehouse/server'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { OnEndpoint } from './endpoints.ts'
import type { SpliceReport } from './passthrough.ts'

/** What one request was and what became of it; secrets may be in queries, so only the path is told. */
export interface RequestReport {
  readonly listener: 'https' | 'http'
  readonly httpVersion: string
  readonly auditId: string
  readonly method: string
  readonly host: string | undefined
  readonly path: string
  /** Who answered: a service, or the gateway itself. */
  readonly service: string
  /** 499 when the client left before there was an answer. */
  readonly code: number
  readonly durationSeconds: number
  readonly remoteAddress: string
  /** Whether it left HTTP for a WebSocket. */
  readonly upgraded: boolean
  readonly failure?: string | undefined
}

/** The access log and the metrics: every request and every connection ends in exactly one of these calls. */
export interface Observer {
  readonly request: (report: RequestReport) => void
  readonly spliced: (host: string, service: string, durationSeconds: number, report: SpliceReport) => void
  /** One of several endpoints went down or came up again. */
  readonly endpoint: OnEndpoint
  /** A connection that never became a request. */
  readonly refused: (reason: RefusedConnection, detail: string, remoteAddress: string) => void
  readonly connections: (open: Readonly<Record<ConnectionKind, number>>) => void
}

export type RefusedConnection =
  | 'client-hello'
  | 'plain-http'
  | 'handshake'
  | 'malformed'
  | 'http2'
  | 'too-many'
export type ConnectionKind = 'opening' | 'terminated' | 'passthrough' | 'http'

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

export function createObserver(logger: Logger, registry: Registry): Observer {
  const registers = [registry]
  const requests = new Counter({
    name: 'gatehouse_gateway_requests_total',
    help: 'Requests by listener, served host, method and code; hosts that are not served count as "none".',
    labelNames: ['listener', 'host', 'method', 'code'],
    registers,
  })
  const durations = new Histogram({
    name: 'gatehouse_gateway_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer; WebSockets are not in it.',
    labelNames: ['host'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  })
  const splices = new Counter({
    name: 'gatehouse_gateway_passthrough_connections_total',
    help: 'Connections that were passed through, by host and whether the upstream was reached.',
    labelNames: ['host', 'connected'],
    registers,
  })
  const endpoints = new Gauge({
    name: 'gatehouse_gateway_endpoints_up',
    help: 'Endpoints of a passthrough that are up, where it has several and one was down.',
    labelNames: ['service'],
    registers,
  })
  const refusals = new Counter({
    name: 'gatehouse_gateway_refused_connections_total',
    help: 'Connections that ended before there was a request, by reason.',
    labelNames: ['reason'],
    registers,
  })
  const open = new Gauge({
    name: 'gatehouse_gateway_open_connections',
    help: 'Connections that are open now, by what is done with them.',
    labelNames: ['kind'],
    registers,
  })
  return {
    request(report) {
      const { listener, host = 'none', method, code, durationSeconds, upgraded } = report
      requests.inc({ listener, host, method: METHODS.has(method) ? method : 'other', code })
      if (!upgraded) durations.observe({ host }, durationSeconds)
      logger.info({ ...report, durationSeconds: round(durationSeconds) }, 'request')
    },
    spliced(host, service, durationSeconds, report) {
      splices.inc({ host, connected: String(report.connected) })
      const line = { host, service, durationSeconds: round(durationSeconds), ...report }
      if (report.connected) logger.info(line, 'passthrough')
      else logger.warn(line, `${service} could not be reached`)
    },
    endpoint(service, { host, port }, reason, up) {
      endpoints.set({ service }, up)
      const line = { service, endpoint: `${host}:${port}`, up }
      if (reason === undefined) logger.info(line, 'an endpoint is up again')
      else if (up > 0) logger.warn({ ...line, reason }, 'an endpoint is down; the others serve')
      else logger.error({ ...line, reason }, `no endpoint of ${service} is up; its connections are refused`)
    },
    refused(reason, detail, remoteAddress) {
      refusals.inc({ reason })
      logger.info({ reason, detail, remoteAddress }, 'connection refused')
    },
    connections(counts) {
      for (const [kind, count] of Object.entries(counts)) open.set({ kind }, count)
    },
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6
}

/** The path of a request target without its query, cut to a length that is fit for a log. */
export function pathOf(target = ''): string {
  return target.split('?', 1)[0]!.slice(0, 1024)
}
