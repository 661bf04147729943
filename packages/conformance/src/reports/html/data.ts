import type { RunResult } from '../../result.ts'
import {
  answersOf,
  changeOf,
  counted,
  isGood,
  mutationScore,
  questionSentence,
  totalsSentence,
} from '../describe.ts'
import { type Matrix, matrixOf } from '../matrix.ts'

/** What the page is made of: the result, and what is derived from it here rather than in the browser. */
export interface ReportData {
  readonly run: RunResult
  readonly matrix: Matrix
  readonly isGood: boolean
  readonly totals: string
  /** Lists below the matrix, each with its title; empty ones are left out. */
  readonly lists: readonly { readonly title: string; readonly items: readonly string[] }[]
}

/** Pure. */
export function reportData(run: RunResult): ReportData {
  const { baseline, mutations, uncovered } = run
  const score = mutationScore(run)
  const lists = [
    {
      title: 'Ways in that disagree',
      items: run.disagreements.map((one) => `${questionSentence(one)}: ${answersOf(one)}`),
    },
    {
      title: `Changes against ${baseline?.file}${baseline?.accepted ? ', accepted' : ''}`,
      items: (baseline?.changes ?? []).map(
        (change) => `${questionSentence(change)}, by ${change.path}: ${changeOf(change)}`,
      ),
    },
    {
      title: score ?? '',
      items: (mutations ?? []).map(
        ({ description, noticed, failedCells }) =>
          `${description}: ${noticed ? `${counted(failedCells, 'cell')} failed` : 'nothing failed'}`,
      ),
    },
    {
      title: 'Served by the cluster, and nothing is expected',
      items: uncovered.map(({ group, resource, subresource, nonResourcePath, verbs }) => {
        const target = [resource, group].filter(Boolean).join('.')
        return `${nonResourcePath || [target, subresource].filter(Boolean).join('/')}: ${verbs.join(', ')}`
      }),
    },
  ]
  return {
    run,
    matrix: matrixOf(run),
    isGood: isGood(run),
    totals: totalsSentence(run),
    lists: lists.filter(({ items }) => items.length > 0),
  }
}
