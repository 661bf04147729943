import type { RequestInfo } from '@gatehouse/authorization'
import type { Caller } from './caller.ts'

/** Why a stream ends before its time. */
export type StreamEnd = 'token expired' | 'token revoked' | 'no longer accepted' | 'shutdown'

/** Longest delay of a timer in Node. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** Subresources whose requests may last as long as they like (`LongRunningRequestCheck` of kube-apiserver). */
const LONG_SUBRESOURCES = new Set(['attach', 'exec', 'proxy', 'log', 'portforward'])

/** Whether a request is a stream, which no timeout of ours ends. Pure. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.verb === 'watch' || info.verb === 'proxy' || LONG_SUBRESOURCES.has(info.subresource)
}

/** The streams under way; each ends when its credential does, or when the process ends. */
export class Streams {
  readonly #ends = new Map<(why: StreamEnd) => void, Caller>()
  readonly #endOf: (caller: Caller) => StreamEnd | undefined

  /** `endOf` says why a stream of a caller may not go on, if so. */
  constructor(endOf: (caller: Caller) => StreamEnd | undefined) {
    this.#endOf = endOf
  }

  get size(): number {
    return this.#ends.size
  }

  /**
   * Calls `end` once, when the caller's credential expires or is not accepted any more or at `endAll`, unless the
   * function returned is called before.
   */
  add(caller: Caller, end: (why: StreamEnd) => void): () => void {
    const { expiresAt } = caller
    let timer: NodeJS.Timeout | undefined
    const forget = () => {
      clearTimeout(timer)
      this.#ends.delete(finish)
    }
    const finish = (why: StreamEnd) => {
      forget()
      end(why)
    }
    const arm = () => {
      const remaining = expiresAt * 1000 - Date.now()
      if (remaining <= 0) finish('token expired')
      else timer = setTimeout(arm, Math.min(remaining, MAX_DELAY_MS))
    }
    this.#ends.set(finish, caller)
    // It may have been revoked, or the configuration changed, after the request was let through.
    const why = this.#endOf(caller)
    if (why) finish(why)
    else if (Number.isFinite(expiresAt)) arm()
    return forget
  }

  /** Ends those whose credential is revoked, or not accepted by the configuration, by now; how many. */
  endUnaccepted(): number {
    let ended = 0
    for (const [end, caller] of this.#ends) {
      const why = this.#endOf(caller)
      if (why === undefined) continue
      end(why)
      ended++
    }
    return ended
  }

  endAll(why: StreamEnd): void {
    for (const end of this.#ends.keys()) end(why)
  }
}
