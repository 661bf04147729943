import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger, Registry } from '@gatehouse/server'
import { Counter, Histogram } from 'prom-client'
import { splitTarget } from './read-request.ts'

/** What becomes known of a request while it is answered. */
export interface Observation {
  readonly auditId: string
  user?: string
  /** Why it was refused, as a word. */
  reason?: string
}

/** Methods that get a label of their own; a client must not make time series. */
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** The client went away before there was an answer (nginx' number for it). */
const CLIENT_CLOSED_REQUEST = 499

/**
 * One log line and one count for each request when it is over, however it ends. Of the target only the
 * path is logged: a query may hold what it must not.
 */
export function createObserver({ registry, logger }: { registry: Registry; logger: Logger }) {
  const requests = new Counter({
    name: 'kubeconfig_generator_requests_total',
    help: 'Requests, by HTTP status code and method',
    labelNames: ['code', 'method'],
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'kubeconfig_generator_request_duration_seconds',
    help: 'How long requests took, from head to the end of the answer',
    labelNames: ['code'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [registry],
  })
  return (request: IncomingMessage, response: ServerResponse, observation: Observation): void => {
    const begin = performance.now()
    response.once('close', () => {
      const durationMs = performance.now() - begin
      const method = KNOWN_METHODS.has(request.method ?? '') ? request.method! : 'other'
      const code = response.headersSent ? response.statusCode : CLIENT_CLOSED_REQUEST
      requests.inc({ code, method })
      durations.observe({ code }, durationMs / 1000)
      const [path] = splitTarget(request.url ?? '')
      logger.info(
        {
          auditId: observation.auditId,
          method,
          path: path.slice(0, 200),
          code,
          ...(observation.user === undefined ? {} : { user: observation.user }),
          ...(observation.reason === undefined ? {} : { reason: observation.reason }),
          ...(response.writableFinished ? {} : { aborted: true }),
          durationMs: Math.round(durationMs * 10) / 10,
        },
        'request',
      )
    })
  }
}

/** Credentials by cluster and what happened to them: `issued`, `expired`. */
export function credentialCounter(registry: Registry): Counter<'cluster' | 'event'> {
  return new Counter({
    name: 'kubeconfig_generator_credentials_total',
    help: 'Credentials that were issued for a download or expired, by cluster',
    labelNames: ['cluster', 'event'],
    registers: [registry],
  })
}
