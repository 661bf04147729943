import { createHash } from 'node:crypto'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Path } from '../paths/path.ts'
import type { Uncovered } from '../result.ts'
import type { AccessSpec } from '../spec/schema.ts'
import { type Expectation, namedInRules } from './expectations.ts'
import { objectName, type Place, type PlannedQuestion, questionKey, questionsFor } from './questions.ts'

/** A part of all cells, for several runs at once; `index` counts from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** One cell of a run before it is asked. */
export interface PlannedCell {
  readonly key: string
  readonly planned: PlannedQuestion
  readonly path: Path
  readonly expectation: Omit<Expectation, 'paths' | 'isExplicit'>
}

/** All questions of a spec, each once. Pure. */
export function planQuestions(
  spec: AccessSpec,
  catalogue: Catalogue,
  places: readonly Place[],
): PlannedQuestion[] {
  const named = namedInRules(spec)
  const all = Object.keys(spec.personas).flatMap((persona) => questionsFor(persona, catalogue, places, named))
  return [...new Map(all.map((planned) => [questionKey(planned.question), planned])).values()]
}

/**
 * Every question by every way in that has a way to ask it, as far as something is expected of it or
 * `withUnexpected`. Pure.
 */
export function planCells(
  questions: readonly PlannedQuestion[],
  paths: readonly Path[],
  expectationOf: (planned: PlannedQuestion) => Expectation,
  { withUnexpected }: { withUnexpected: boolean },
): PlannedCell[] {
  return questions.flatMap((planned) => {
    const { paths: wanted, isExplicit, ...expectation } = expectationOf(planned)
    const key = questionKey(planned.question)
    if (expectation.expected === null && !withUnexpected) return []
    return paths
      .filter(({ id, canAsk }) => wanted.includes(id) && canAsk(planned, isExplicit))
      .map((path) => ({ key: `${path.id} ${key}`, planned, path, expectation }))
  })
}

/** The cells of one shard; all of a question are in the same, so that they can be compared. Pure. */
export function cellsOfShard(cells: readonly PlannedCell[], shard: Shard | null): readonly PlannedCell[] {
  if (shard === null) return cells
  return cells.filter(({ planned }) => shardOf(questionKey(planned.question), shard.count) === shard.index)
}

function shardOf(key: string, count: number): number {
  return (createHash('sha256').update(key).digest().readUInt32BE() % count) + 1
}

/** What the cluster serves and no cell is about. Pure. */
export function uncoveredBy(
  cells: readonly PlannedCell[],
  questions: readonly PlannedQuestion[],
): Uncovered[] {
  const nameOf = ({ question }: PlannedQuestion) => objectName(question)
  const covered = new Set(cells.map(({ planned }) => `${planned.question.verb} ${nameOf(planned)}`))
  const open = questions.filter((planned) => !covered.has(`${planned.question.verb} ${nameOf(planned)}`))
  return [...Map.groupBy(open, nameOf).values()].map((group) => {
    const { group: apiGroup, resource, subresource, nonResourcePath } = group[0]!.question
    const verbs = [...new Set(group.map(({ question }) => question.verb))]
    return { group: apiGroup, resource, subresource, nonResourcePath, verbs, why: 'no rule is about it' }
  })
}
