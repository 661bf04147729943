import type { RequestInfo } from '@gatehouse/authorization'

/** Why a stream ends before its time. */
export type StreamEnd = 'token expired' | 'shutdown'

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
  readonly #ends = new Set<(why: StreamEnd) => void>()

  get size(): number {
    return this.#ends.size
  }

  /**
   * Calls `end` once, when the credential expires (seconds since the epoch) or at `endAll`, unless the
   * function returned is called before.
   */
  add(expiresAt: number, end: (why: StreamEnd) => void): () => void {
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
    this.#ends.add(finish)
    if (Number.isFinite(expiresAt)) arm()
    return forget
  }

  endAll(why: StreamEnd): void {
    for (const end of this.#ends) end(why)
  }
}
