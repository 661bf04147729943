import { setTimeout as delay } from 'node:timers/promises'

/** Looked at this often, since timers stand still while a laptop sleeps, and clocks don't. */
const LOOK_MS = 5_000
const RETRY_FIRST_MS = 1_000
const RETRY_MOST_MS = 60_000

export interface RenewalOptions {
  /** Gets a new credential, and returns when the next one is due, in milliseconds since the epoch. */
  readonly renew: (signal: AbortSignal) => Promise<number>
  /** A renewal failed, and will be tried again; or succeeded after failures, with undefined. */
  readonly onProblem: (error: Error | undefined) => void
  /** When the first renewal is due, as `renew` returns it. */
  readonly dueAt: number
}

/** Renews a credential again and again until it is disposed. */
export function keepRenewed({ renew, onProblem, dueAt }: RenewalOptions): AsyncDisposable {
  const aborter = new AbortController()
  const { signal } = aborter
  const run = async () => {
    let due = dueAt
    let retryMs = RETRY_FIRST_MS
    for (;;) {
      while (Date.now() < due) {
        // Not what keeps the process running.
        await delay(Math.min(LOOK_MS, due - Date.now()), undefined, { signal, ref: false })
      }
      try {
        due = await renew(signal)
        if (retryMs !== RETRY_FIRST_MS) onProblem(undefined)
        retryMs = RETRY_FIRST_MS
      } catch (error) {
        if (signal.aborted) return
        onProblem(error instanceof Error ? error : new Error('the renewal failed', { cause: error }))
        due = Date.now() + retryMs
        retryMs = Math.min(retryMs * 2, RETRY_MOST_MS)
      }
    }
  }
  // It ends by being aborted alone.
  const running = run().catch(() => undefined)
  return {
    [Symbol.asyncDispose]: async () => {
      aborter.abort()
      await running
    },
  }
}

/**
 * When a credential is to be renewed, in milliseconds since the epoch by this machine's clock: after two thirds of
 * its lifetime. Only the lifetime is taken from the cluster, so that a clock that is wrong does no harm. Pure.
 */
export function renewalDue(credential: { issuedAt: Date; expiresAt: Date }, now: number): number {
  const lifetimeMs = credential.expiresAt.getTime() - credential.issuedAt.getTime()
  return now + Math.max(lifetimeMs * (2 / 3), 1_000)
}
