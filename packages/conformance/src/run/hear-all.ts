import { setTimeout as delay } from 'node:timers/promises'
import type { CellToAsk } from './ask-all.ts'
import type { AuditEvent } from './audit-log.ts'
import type { RecordedAnswer } from './journal.ts'

type Events = ReadonlyMap<string, readonly AuditEvent[]>

/** Longer than a proxy remembers a no (`decisions.deniedSeconds` of the apiserver-proxy, 1 s). */
const FORGOTTEN_AFTER_MS = 1_200
const MAX_ROUNDS = 5

/**
 * Reads the audit log, and asks again what a proxy refused from memory: the API server has not heard of that, since
 * an equal question came just before it, by another way in.
 *
 * @returns the events by Audit-ID; undefined where there is no log
 */
export async function hearAll(
  cells: readonly CellToAsk[],
  answers: ReadonlyMap<string, RecordedAnswer>,
  options: {
    readonly ask: (cells: readonly CellToAsk[]) => Promise<unknown>
    readonly readEvents: () => Promise<Events | undefined>
    readonly signal: AbortSignal
  },
): Promise<Events | undefined> {
  let events = await options.readEvents()
  for (let round = 1; events !== undefined && round <= MAX_ROUNDS; round++) {
    const heard = events
    const unheard = cells.filter(({ key, path }) => {
      const answer = answers.get(key)
      if (path.isDirect || answer?.result !== 'denied') return false
      const { auditId } = answer.evidence
      // A page that offers nothing has not asked.
      return auditId !== '' && !heard.has(auditId)
    })
    if (unheard.length === 0) break
    await delay(FORGOTTEN_AFTER_MS, undefined, { signal: options.signal })
    await options.ask(unheard.map((cell) => ({ ...cell, auditId: `${cell.auditId}.${round}` })))
    events = await options.readEvents()
  }
  return events
}
