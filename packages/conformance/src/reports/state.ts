import type { Cell } from '../result.ts'

/** What several answers to one question come to, the worst first, each with its sign in a matrix. */
export const STATES = [
  { state: 'disagreement', sign: '≠', words: 'ways in disagree' },
  { state: 'fail', sign: '✗', words: 'not as expected' },
  { state: 'inconclusive', sign: '?', words: 'no clear answer' },
  { state: 'refused', sign: '!', words: 'let through and then refused' },
  { state: 'allowed', sign: '', words: 'allowed' },
  { state: 'denied', sign: '·', words: 'denied' },
] as const
export type State = (typeof STATES)[number]

/** Of the same question by several paths and transports; who is not authenticated is denied. Pure. */
export function stateOf(cells: readonly Pick<Cell, 'verdict' | 'actual'>[]): State {
  const found = STATES.find(({ state }) =>
    cells.some(({ verdict, actual }) => verdict === state || actual.result === state),
  )
  return found ?? STATES[STATES.length - 1]!
}
