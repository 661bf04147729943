import { setTimeout as delay } from 'node:timers/promises'
import type { PlannedQuestion } from '../plan/questions.ts'
import type { LoggedIn, Path } from '../paths/path.ts'
import type { WireContext } from '../request/wire.ts'
import type { RecordedAnswer } from './journal.ts'

/** One cell to ask: a question by one way in. */
export interface CellToAsk {
  /** Unique in the run. */
  readonly key: string
  readonly planned: PlannedQuestion
  readonly path: Path
  readonly persona: LoggedIn
  readonly auditId: string
}

const MAX_ATTEMPTS = 4
/** With so many cells in a row without any answer, the other end is gone. */
const GONE_AFTER = 16

/**
 * Asks every cell, each way in with as many at one time as it takes. Only what failed on the connection and 429
 * are asked again.
 *
 * @returns per way in that went away meanwhile, what it said last; its other cells were not asked
 */
export async function askAll(
  cells: readonly CellToAsk[],
  options: {
    readonly context: WireContext
    readonly signal: AbortSignal
    readonly onAnswer: (cell: CellToAsk, answer: RecordedAnswer) => void
  },
): Promise<Map<Path, string>> {
  const gone = new Map<Path, string>()
  const byPath = Map.groupBy(cells, ({ path }) => path)
  await Promise.all(
    [...byPath].map(async ([path, own]) => {
      const queue = own.values()
      let failuresInARow = 0
      const work = async () => {
        for (const cell of queue) {
          if (gone.has(path)) return
          const answer = await askPatiently(cell, options)
          const isWithoutAnswer = answer.result === 'inconclusive' && answer.evidence.status === null
          failuresInARow = isWithoutAnswer ? failuresInARow + 1 : 0
          if (failuresInARow >= GONE_AFTER) gone.set(path, answer.evidence.message)
          // What was asked of somebody who was gone is asked again when the run goes on.
          if (!isWithoutAnswer) options.onAnswer(cell, answer)
          else if (failuresInARow < GONE_AFTER) lost.push([cell, answer])
        }
      }
      const lost: [CellToAsk, RecordedAnswer][] = []
      await Promise.all(Array.from({ length: path.concurrency }, work))
      if (!gone.has(path)) for (const [cell, answer] of lost) options.onAnswer(cell, answer)
    }),
  )
  return gone
}

async function askPatiently(
  { planned, path, persona, auditId }: CellToAsk,
  { context, signal }: { context: WireContext; signal: AbortSignal },
): Promise<RecordedAnswer> {
  for (let attempts = 1; ; attempts++) {
    const { retryAfterMs, ...answer } = await path.ask({ planned, persona, auditId, context, signal })
    if (retryAfterMs === undefined || attempts === MAX_ATTEMPTS) return { ...answer, attempts }
    await delay(retryAfterMs * attempts, undefined, { signal })
  }
}
