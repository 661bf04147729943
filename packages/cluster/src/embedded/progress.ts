import type { ClusterProgress } from '../provider.ts'

/** Returns a function that reports a step as done, with the milliseconds since now. */
export function startClock(
  report: ((progress: ClusterProgress) => void) | undefined,
): (message: string) => void {
  const startedAt = performance.now()
  return (message) => report?.({ message, elapsedMs: Math.round(performance.now() - startedAt) })
}
