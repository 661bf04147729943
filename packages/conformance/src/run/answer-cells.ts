import { auditProblem } from '../judge/audit.ts'
import type { AnsweredCell } from '../judge/verdict.ts'
import type { LoggedIn } from '../paths/path.ts'
import type { PlannedCell } from '../plan/cells.ts'
import { questionKey } from '../plan/questions.ts'
import type { Explanation } from '../result.ts'
import type { AuditEvent } from './audit-log.ts'
import type { RecordedAnswer } from './journal.ts'

/**
 * Puts together what is known of each cell that was answered. An answer that the audit log does not bear out
 * counts for nothing. Pure.
 */
export function answerCells(
  cells: readonly PlannedCell[],
  known: {
    readonly answers: ReadonlyMap<string, RecordedAnswer>
    readonly personas: ReadonlyMap<string, LoggedIn>
    readonly canI: ReadonlyMap<string, boolean>
    readonly explanations: ReadonlyMap<string, Explanation>
    /** By Audit-ID; undefined where there is no log to read. */
    readonly events: ReadonlyMap<string, readonly AuditEvent[]> | undefined
  },
): AnsweredCell[] {
  return cells.flatMap(({ key, planned: { question }, path, expectation }): AnsweredCell[] => {
    const answer = known.answers.get(key)
    if (!answer) return []
    const { evidence, attempts } = answer
    const username = known.personas.get(question.persona)?.username ?? ''
    const explanation = known.explanations.get(questionKey(question))
    const isOffer = path.answersByOffers === true && evidence.auditId === ''
    const log = isOffer ? undefined : known.events
    const events = log?.get(evidence.auditId) ?? []
    const problem = log && auditProblem(answer.result, question, username, path.isDirect, events)
    return [
      {
        ...question,
        path: path.id,
        expected: expectation.expected,
        rule: expectation.rule,
        actual: {
          result: problem === undefined ? answer.result : 'inconclusive',
          evidence: {
            ...evidence,
            message: problem ?? evidence.message,
            attempts,
            audited: log ? events.length > 0 : null,
          },
        },
        canI: known.canI.get(questionKey(question)) ?? null,
        ...(explanation ? { explanation } : {}),
      },
    ]
  })
}
