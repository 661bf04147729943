import { randomInt } from 'node:crypto'
import getPort, { portNumbers } from 'get-port'
import { isClaimed } from './port-claims.ts'

/** Below what systems give to connections and to whoever asks for any port (from 32768 on Linux, 49152 elsewhere). */
const FROM = 10_000
const TO = 30_000
/** As many are tried one after the other. */
const TRIED = 1000

/**
 * A port of loopback that nobody listens on: the first of `wanted`, else one that no stack has claimed, and that only
 * somebody who wants this very number takes before it is used; with others, every connection of the machine may be
 * what takes it. `exclude` are not given.
 */
export function freePort(exclude: Iterable<number> = [], wanted: readonly number[] = []): Promise<number> {
  const first = randomInt(FROM, TO - TRIED)
  return firstFree({ wanted, others: [...portNumbers(first, first + TRIED)], exclude })
}

/** The first free port of `wanted`, which the caller may have claimed, else of `others` that nobody has claimed. */
export async function firstFree(ports: {
  readonly wanted: readonly number[]
  readonly others: readonly number[]
  readonly exclude: Iterable<number>
}): Promise<number> {
  const { wanted, others } = ports
  const refused = new Set(ports.exclude)
  for (;;) {
    const port = await getPort({ host: '127.0.0.1', port: [...wanted, ...others], exclude: refused })
    if (wanted.includes(port) || !(await isClaimed(port))) return port
    refused.add(port)
  }
}
