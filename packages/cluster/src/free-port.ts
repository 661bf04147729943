import { randomInt } from 'node:crypto'
import getPort, { portNumbers } from 'get-port'

/** Below what systems give to connections and to whoever asks for any port (from 32768 on Linux, 49152 elsewhere). */
const FROM = 10_000
const TO = 30_000
/** As many are tried one after the other. */
const TRIED = 1000

/**
 * A port of loopback that nobody listens on: the first of `wanted`, else one that only somebody who wants this very
 * number takes before it is used; with others, every connection of the machine may be what takes it. `exclude` are
 * not given.
 */
export function freePort(exclude: Iterable<number> = [], wanted: readonly number[] = []): Promise<number> {
  const first = randomInt(FROM, TO - TRIED)
  const port = [...wanted, ...portNumbers(first, first + TRIED)]
  return getPort({ host: '127.0.0.1', port, exclude })
}
