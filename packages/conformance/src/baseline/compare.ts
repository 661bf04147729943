import { parseResourceName } from '../catalogue/catalogue.ts'
import { objectName, questionOf } from '../plan/questions.ts'
import type { BaselineDiff, Cell, Question, Result } from '../result.ts'
import { type Baseline, resultIn } from './document.ts'

type Change = BaselineDiff['changes'][number]

/**
 * Every difference between what was accepted and what is found: changed, new, and vanished, which is what none of
 * the `served` questions is about. Pure.
 */
export function compareWithBaseline(
  baseline: Baseline | undefined,
  cells: readonly Cell[],
  served: readonly Question[] = cells,
): Change[] {
  const changed = cells.flatMap((cell): Change[] => {
    const before = resultIn(baseline, cell)
    const after = cell.actual.result
    // What could not be found out is no change, and its cell is no pass either.
    if (before === after || after === 'inconclusive') return []
    return [{ ...questionOf(cell), path: cell.path, before, after }]
  })
  return [...changed, ...vanished(baseline, served)]
}

/** What the baseline knows and nothing serves any more. */
function vanished(baseline: Baseline | undefined, served: readonly Question[]): Change[] {
  const keyOf = (persona: string, place: string, name: string, verb: string) =>
    [persona, place, name, verb].join(' ')
  const asked = new Set(served.map((one) => keyOf(one.persona, one.place, objectName(one), one.verb)))
  return [...entriesOf(baseline)].flatMap(({ persona, place, name, verb, result }) =>
    asked.has(keyOf(persona, place, name, verb))
      ? []
      : [{ ...questionAbout(persona, place, name, verb), path: '', before: result, after: null }],
  )
}

function* entriesOf(baseline: Baseline | undefined) {
  for (const [persona, places] of Object.entries(baseline?.results ?? {}))
    for (const [place, names] of Object.entries(places))
      for (const [name, results] of Object.entries(names))
        for (const [result, verbs] of Object.entries(results))
          for (const verb of verbs.split(' ')) yield { persona, place, name, verb, result: result as Result }
}

function questionAbout(persona: string, place: string, name: string, verb: string): Question {
  const isPath = name.startsWith('/')
  const { group, resource, subresource } = isPath
    ? { group: '', resource: '', subresource: '' }
    : parseResourceName(name)
  return {
    persona,
    verb,
    group,
    resource,
    subresource,
    namespace: '',
    name: '',
    nonResourcePath: isPath ? name : '',
    place,
    transport: 'http',
  }
}
