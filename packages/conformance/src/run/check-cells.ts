import { judgeCells } from '../judge/verdict.ts'
import type { PlannedCell } from '../plan/cells.ts'
import type { Cell, Disagreement, Explanation } from '../result.ts'
import { answerCells } from './answer-cells.ts'
import { explainAll } from './explain-all.ts'
import { askAll, type CellToAsk } from './ask-all.ts'
import { hearAll } from './hear-all.ts'
import { type AuditEvent, readAuditEvents } from './audit-log.ts'
import { canIAll } from './can-i-all.ts'
import type { RecordedAnswer } from './journal.ts'
import type { RunProgress } from './progress.ts'
import type { Session, Target } from './session.ts'

export interface CheckedCells {
  readonly cells: readonly Cell[]
  readonly disagreements: readonly Disagreement[]
  /** What was not asked, and why; empty when everything was. */
  readonly missing: readonly string[]
  readonly askedMs: number
  /** How many were asked in that time; the others were asked before the run was interrupted. */
  readonly asked: number
  readonly auditMs: number
}

/** Asks all cells that the journal has no answer to, looks the answers up in the audit log, and compares. */
export async function checkCells(
  session: Session,
  cells: readonly PlannedCell[],
  options: {
    readonly target: Target
    /** The running pod of each namespace that has one. */
    readonly pods: ReadonlyMap<string, string>
    readonly signal: AbortSignal
    readonly onProgress: (progress: RunProgress) => void
  },
): Promise<CheckedCells> {
  const { personas, journal } = session
  const { target, onProgress } = options
  const startedAt = performance.now()
  const answers = new Map<string, RecordedAnswer>(journal.answers)
  const all = cells.flatMap(({ key, planned, path }, index): CellToAsk[] => {
    const persona = personas.get(planned.question.persona)
    return persona ? [{ key, planned, path, persona, auditId: `${journal.head.runName}.${index}` }] : []
  })
  const open = all.filter(({ key }) => !answers.has(key))
  const showProgress = () =>
    onProgress({ step: 'asking', cells: { done: answers.size, total: cells.length } })
  const ask = (wanted: readonly CellToAsk[]) =>
    askAll(wanted, {
      context: { name: journal.head.runName, pods: options.pods },
      signal: options.signal,
      onAnswer({ key }, answer) {
        answers.set(key, answer)
        journal.add(key, answer)
        showProgress()
      },
    })
  const gone = await ask(open)
  const askedAt = performance.now()
  const missing = [...gone].map(([path, message]) => {
    const count = cells.filter((cell) => cell.path === path && !answers.has(cell.key)).length
    return `${count} cells were not asked by ${path.id}: ${path.server} went away (${message})`
  })

  onProgress({ step: 'comparing with can-i, the RBAC evaluator and the audit log' })
  const askCanI = () =>
    canIAll([...questions.values()], session.apiOf).catch((error: Error) => {
      options.signal.throwIfAborted()
      missing.push(`can-i was not asked: ${error.message}`)
      return new Map<string, boolean>()
    })
  const questions = new Map(cells.map(({ planned: { question } }) => [JSON.stringify(question), question]))
  const explainEach = () =>
    explainAll([...questions.values()], personas, session.setup).catch((error: Error) => {
      options.signal.throwIfAborted()
      missing.push(`roles and bindings were not read: ${error.message}`)
      return new Map<string, Explanation>()
    })
  const isComplete = missing.length === 0
  const [canI, explanations, events] = await Promise.all([
    isComplete ? askCanI() : new Map<string, boolean>(),
    isComplete ? explainEach() : new Map<string, Explanation>(),
    hearAll(all, answers, {
      ...options,
      ask,
      readEvents: () => readEvents(target.auditLog, session, answers),
    }),
  ])
  const judged = judgeCells(answerCells(cells, { answers, personas, canI, explanations, events }))
  return {
    ...judged,
    missing,
    askedMs: askedAt - startedAt,
    asked: open.length,
    auditMs: performance.now() - askedAt,
  }
}

async function readEvents(
  auditLog: string | undefined,
  { journal: { head } }: Session,
  answers: ReadonlyMap<string, RecordedAnswer>,
): Promise<Map<string, AuditEvent[]> | undefined> {
  if (auditLog === undefined || head.auditLog === null) return undefined
  const auditIds = new Set([...answers.values()].map(({ evidence }) => evidence.auditId))
  return readAuditEvents(auditLog, head.auditLog, auditIds)
}
