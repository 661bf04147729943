/** Every way in which a cluster fails to come up or refuses a request. */
export type ClusterErrorCode =
  | 'ERR_INVALID_OPTIONS'
  | 'ERR_PORT_TAKEN'
  | 'ERR_NOT_READY'
  | 'ERR_API_REQUEST'
  | 'ERR_RESERVED_IDENTITY'
  | 'ERR_KUBECONFIG'
  | 'ERR_UNREACHABLE'
  | 'ERR_CREDENTIALS'
  | 'ERR_FORBIDDEN'
  | 'ERR_VERSION'
  | 'ERR_UNKNOWN_KIND'
  | 'ERR_KUBECTL'
  | 'ERR_ENGINE'

/** An error of a cluster provider; `code` tells them apart. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError'
  readonly code: ClusterErrorCode

  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
