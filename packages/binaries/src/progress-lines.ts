import type { Progress } from './progress.ts'

const step = 0.1

/**
 * Turns progress into a few plain lines, for logs: one at each new phase, each tenth of it, and each message
 * that comes without a fraction.
 */
export function createProgressLines(
  print: (line: string) => void,
): (progress: Omit<Progress, 'binary'> & { readonly binary: string }) => void {
  let phase = ''
  let printed = 0
  return (progress) => {
    const { binary, fraction, message } = progress
    const entered = phase !== `${binary} ${progress.phase}`
    if (entered) printed = 0
    const unknown = fraction === undefined
    if (!entered && !unknown && fraction < printed + step) return
    phase = `${binary} ${progress.phase}`
    if (!unknown) printed = fraction
    const percent = unknown || progress.phase === 'done' ? '' : ` ${Math.floor(fraction * 100)}%`
    print(`${binary}: ${progress.phase}${percent}: ${message}`)
  }
}
