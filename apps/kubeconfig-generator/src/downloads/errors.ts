/** Every way in which issuing, listing and revoking fails. */
export type DownloadErrorCode =
  | 'ERR_CLUSTER_UNAVAILABLE'
  | 'ERR_NOT_SIGNED'
  | 'ERR_NO_CREDENTIALS'
  | 'ERR_UNKNOWN_CLUSTER'
  | 'ERR_UNKNOWN_DOWNLOAD'
  | 'ERR_AUDIT'

/** An error of the downloads; `code` tells them apart. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError'
  readonly code: DownloadErrorCode

  constructor(code: DownloadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
