import { setTimeout as delay } from 'node:timers/promises'

/** Asks again and again until `isSo`, or `withinMs` have passed; resolves to whether it came true. */
export async function untilSo(
  isSo: () => Promise<boolean>,
  { withinMs, everyMs = 100, signal }: { withinMs: number; everyMs?: number; signal: AbortSignal },
): Promise<boolean> {
  const end = performance.now() + withinMs
  for (;;) {
    if (await isSo()) return true
    if (performance.now() > end) return false
    await delay(everyMs, undefined, { signal })
  }
}
