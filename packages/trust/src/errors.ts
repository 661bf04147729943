/** Every way in which a store can't be changed. */
export type TrustErrorCode =
  /** This user may not change it. */
  | 'ERR_RIGHTS'
  /** A program that is needed is not installed. */
  | 'ERR_PROGRAM_MISSING'
  /** A program failed; the message holds what it said. */
  | 'ERR_PROGRAM_FAILED'

/** A store that was left, or put back, as it was; `code` tells why. */
export class TrustError extends Error {
  override readonly name = 'TrustError'
  readonly code: TrustErrorCode

  constructor(code: TrustErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
