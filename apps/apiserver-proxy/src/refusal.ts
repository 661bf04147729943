import { type Status, status, type StatusDetails } from '@gatehouse/server'

/** Why the proxy itself refuses a request; each has one HTTP status code. */
export type RefusalCode = keyof typeof refusals

const refusals = {
  ERR_BAD_REQUEST: { code: 400, reason: 'BadRequest' },
  ERR_UNAUTHORIZED: { code: 401, reason: 'Unauthorized' },
  ERR_FORBIDDEN: { code: 403, reason: 'Forbidden' },
  ERR_METHOD_NOT_ALLOWED: { code: 405, reason: 'MethodNotAllowed' },
  ERR_REQUEST_TIMEOUT: { code: 408, reason: 'RequestTimeout' },
  ERR_TOO_LARGE: { code: 413, reason: 'RequestEntityTooLarge' },
  ERR_EXPECTATION_FAILED: { code: 417, reason: 'ExpectationFailed' },
  ERR_TOO_MANY_REQUESTS: { code: 429, reason: 'TooManyRequests' },
  ERR_HEADERS_TOO_LARGE: { code: 431, reason: 'RequestHeaderFieldsTooLarge' },
  ERR_INTERNAL: { code: 500, reason: 'InternalError' },
  ERR_BAD_GATEWAY: { code: 502, reason: 'BadGateway' },
  ERR_UNAVAILABLE: { code: 503, reason: 'ServiceUnavailable' },
  ERR_GATEWAY_TIMEOUT: { code: 504, reason: 'Timeout' },
} as const

/** Seconds after which a client may try again, where trying again can help. */
const RETRY_AFTER_SECONDS = 1

/** A request that ends here, with the `metav1.Status` that its client gets. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  readonly status: Status
  readonly headers: Readonly<Record<string, string>>

  constructor(code: RefusalCode, message: string, options: ErrorOptions & { details?: StatusDetails } = {}) {
    super(message, options)
    this.code = code
    const isTemporary = code === 'ERR_TOO_MANY_REQUESTS' || code === 'ERR_UNAVAILABLE'
    const retry = isTemporary ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : undefined
    const details = options.details ?? retry
    this.status = status({ ...refusals[code], message, ...(details ? { details } : {}) })
    this.headers = {
      ...(isTemporary ? { 'Retry-After': String(RETRY_AFTER_SECONDS) } : {}),
      ...(code === 'ERR_UNAUTHORIZED' ? { 'WWW-Authenticate': 'Bearer realm="kubernetes"' } : {}),
    }
  }
}
