import type { Environment } from '@gatehouse/kind'

/** What every step is given. */
export interface Context {
  readonly env: Environment
  /** Steps keep their results below it. */
  readonly cacheDirectory: string
  /** A Debian mirror instead of debootstrap's own choice. */
  readonly debianMirror: string | undefined
  readonly signal: AbortSignal
  readonly report: (message: string) => void
}
