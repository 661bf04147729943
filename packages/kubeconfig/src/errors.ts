/** Every way in which work with a kubeconfig fails. */
export type KubeconfigErrorCode =
  | 'ERR_INVALID_REQUEST'
  | 'ERR_INVALID_KUBECONFIG'
  | 'ERR_UNREADABLE'
  | 'ERR_UNUSABLE_KUBECONFIG'

/** An error of this package; `code` tells them apart. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
  readonly code: KubeconfigErrorCode

  constructor(code: KubeconfigErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
