import { z } from 'zod'

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/y

/**
 * Milliseconds of a Go duration ("24h", "1h30m", "1.5s"), or undefined when `text` is none. Signs are
 * refused: nothing here may last a negative time.
 *
 * @see Go's time.ParseDuration
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  let total = 0
  PART.lastIndex = 0
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text)
    if (!match) return undefined
    total += Number(match[1]) * UNITS[match[2]!]!
  }
  return text === '' ? undefined : Math.round(total)
}

/** A Go duration that is at least one second, in whole seconds, as the times in tokens are. */
export function durationInSeconds() {
  return z.string().transform((text, context) => {
    const milliseconds = parseDuration(text)
    if (milliseconds === undefined) {
      context.addIssue('is not a duration; write it like 24h, 30m or 1h30m')
      return z.NEVER
    }
    if (milliseconds < 1000) {
      context.addIssue('is too short; the least is 1s')
      return z.NEVER
    }
    return Math.floor(milliseconds / 1000)
  })
}
