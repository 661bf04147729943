import type { Cell, Disagreement, Result, RunResult } from '../result.ts'
import { questionKey, questionOf } from '../plan/questions.ts'

/** A cell without its verdict. */
export type AnsweredCell = Omit<Cell, 'verdict' | 'why'>

/** Compares every answer with what is expected, and the ways in with each other. Pure. */
export function judgeCells(answered: readonly AnsweredCell[]): {
  cells: Cell[]
  disagreements: Disagreement[]
} {
  const byQuestion = Map.groupBy(answered, questionKey)
  const disagreements = new Map<string, Disagreement>()
  for (const [key, group] of byQuestion) {
    const byPath = answersOfPaths(group)
    const answers = [...byPath, ...claimsOf(group[0]!)]
    const differ = (results: readonly Result[]) => new Set(results).size > 1
    if (differ(byPath.map(({ result }) => result)) || differ(answers.map(({ result }) => authorized(result))))
      disagreements.set(key, { ...questionOf(group[0]!), answers })
  }
  const cells = answered.map((cell): Cell => {
    const disagreement = disagreements.get(questionKey(cell))
    return { ...cell, ...verdictOf(cell, disagreement) }
  })
  return { cells, disagreements: [...disagreements.values()] }
}

function answersOfPaths(group: readonly AnsweredCell[]): Disagreement['answers'] {
  return group
    .filter(({ actual }) => actual.result !== 'inconclusive')
    .map(({ path, actual }) => ({ by: path, result: actual.result }))
}

/** What was said about the question without asking it. */
function claimsOf({ canI, explanation }: AnsweredCell): Disagreement['answers'] {
  const claim = (by: string, allowed: boolean | null | undefined): Disagreement['answers'] =>
    typeof allowed === 'boolean' ? [{ by, result: allowed ? 'allowed' : 'denied' }] : []
  return [...claim('can-i', canI), ...claim('evaluator', explanation?.allowed)]
}

/** What reviews can say: they know nothing of what refuses behind the authorizer. */
function authorized(result: Result): Result {
  return result === 'refused' ? 'allowed' : result
}

function verdictOf(
  { expected, actual }: AnsweredCell,
  disagreement: Disagreement | undefined,
): Pick<Cell, 'verdict' | 'why'> {
  const { result, evidence } = actual
  const said = evidence.message === '' ? '' : `: ${evidence.message}`
  if (result === 'inconclusive') return { verdict: 'inconclusive', why: evidence.message }
  if (disagreement) {
    const answers = disagreement.answers.map((answer) => `${answer.by} says ${answer.result}`)
    return { verdict: 'disagreement', why: `${answers.join(', ')}${said}` }
  }
  if (expected === null) return { verdict: 'uncovered', why: '' }
  if (expected === result) return { verdict: 'pass', why: '' }
  return { verdict: 'fail', why: `expected ${expected}, is ${result}${said}` }
}

/** How many cells have which verdict. Pure. */
export function totalsOf(cells: readonly Cell[]): RunResult['totals'] {
  const count = (verdict: Cell['verdict']) => cells.filter((cell) => cell.verdict === verdict).length
  return {
    cells: cells.length,
    pass: count('pass'),
    fail: count('fail'),
    disagreement: count('disagreement'),
    inconclusive: count('inconclusive'),
    uncovered: count('uncovered'),
  }
}
