/** Every way in which an exchange with the API server fails. */
export type UpstreamErrorCode =
  | 'ERR_UPSTREAM_CONNECT'
  | 'ERR_UPSTREAM_CLOSED'
  /** A connection that was used before turned out to be closed, without a byte of an answer. */
  | 'ERR_UPSTREAM_STALE'
  | 'ERR_UPSTREAM_MALFORMED'
  | 'ERR_UPSTREAM_TIMEOUT'

/** The API server could not be reached, went away, or sent something that is not HTTP/1.1. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly code: UpstreamErrorCode

  constructor(code: UpstreamErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
