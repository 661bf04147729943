import { useSyncExternalStore } from 'react'

/** All ages on a page change together, once a second; one timer for all of them. */
const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const tell of listeners) tell()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The current time to the second, milliseconds since the epoch. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

/** How long something has been there, as kubectl says it; the full time as a tooltip. */
export function Age({ since }: { since: string | undefined }) {
  const current = useNow()
  if (!since) return <>-</>
  return (
    <time dateTime={since} title={new Date(since).toLocaleString()}>
      {duration(Math.max(0, current - Date.parse(since)))}
    </time>
  )
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** The two largest units of a duration in milliseconds: `3d4h`, `5m10s`. Pure. */
export function duration(milliseconds: number): string {
  const first = UNITS.findIndex(([, size]) => milliseconds >= size)
  if (first < 0) return '0s'
  const [name, size] = UNITS[first]!
  const whole = Math.floor(milliseconds / size)
  const next = UNITS[first + 1]
  const rest = next ? Math.floor((milliseconds % size) / next[1]) : 0
  return rest > 0 && next ? `${whole}${name}${rest}${next[0]}` : `${whole}${name}`
}
