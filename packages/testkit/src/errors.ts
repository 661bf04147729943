/** Every way in which the testkit fails. */
export type TestkitErrorCode =
  /** The mock Dex refused an operation; the message holds its reasons. */
  | 'ERR_REFUSED'
  /** The mock Dex can't be reached, or something else answers. */
  | 'ERR_UNREACHABLE'
  /** The secret file can't be read. */
  | 'ERR_SECRET'
  /** A matcher was asked something that is no question about rights. */
  | 'ERR_QUESTION'
  /** A command in the container of a stack failed; the message holds its words. */
  | 'ERR_CONTAINER'

/** An error of this package; `code` tells them apart. */
export class TestkitError extends Error {
  override readonly name = 'TestkitError'
  readonly code: TestkitErrorCode
  /** The HTTP status of a refusal. */
  readonly status: number | undefined

  constructor(code: TestkitErrorCode, message: string, options?: ErrorOptions & { status?: number }) {
    super(message, options)
    this.code = code
    this.status = options?.status
  }
}
