import { readFile, writeFile } from 'node:fs/promises'
import { loadConfiguration } from '@gatehouse/server/configuration'
import { Document, isPair, visit } from 'yaml'
import { z } from 'zod'
import { objectName } from '../plan/questions.ts'
import { type Cell, type Question, type Result, RESULTS } from '../result.ts'

/**
 * A committed baseline: persona → place → resource → result → verbs. One line for each resource, so that a change
 * in anybody's reach is a line in a diff.
 */
const baselineSchema = z.object({
  version: z.literal(1),
  results: z.record(
    z.string(),
    z.record(z.string(), z.record(z.string(), z.partialRecord(z.enum(RESULTS), z.string()))),
  ),
})
export type Baseline = z.output<typeof baselineSchema>

const HEADER = `# What everybody could do when this was accepted: gatehouse conformance --discover --accept.
# A change in anybody's reach shows as a difference here; review it like code.
`

/**
 * Reads a baseline; undefined when there is no such file.
 *
 * @throws ConfigurationError
 */
export async function readBaseline(file: string): Promise<Baseline | undefined> {
  const exists = await readFile(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
  return exists ? loadConfiguration(file, baselineSchema) : undefined
}

/** Writes a baseline, the same text for the same results. */
export async function writeBaseline(file: string, baseline: Baseline): Promise<void> {
  const document = new Document(baseline, { sortMapEntries: true })
  visit(document, {
    // results, persona, place, resource: what is below stands in one line.
    Map(_, node, path) {
      if (path.filter(isPair).length === 4) node.flow = true
    },
  })
  await writeFile(file, HEADER + document.toString({ lineWidth: 0 }))
}

/** What is to be remembered of what was found; ways in that agree say it once. Pure. */
export function toBaseline(cells: readonly Cell[]): Baseline {
  const results: Baseline['results'] = {}
  const verbs = new Map<string, Set<string>>()
  for (const cell of cells) {
    const { persona, place, verb, actual } = cell
    const name = objectName(cell)
    const key = JSON.stringify([persona, place, name, actual.result])
    const known = verbs.get(key) ?? new Set()
    verbs.set(key, known.add(verb))
    const byPlace = (results[persona] ??= {})
    const byName = (byPlace[place] ??= {})
    const byResult = (byName[name] ??= {})
    byResult[actual.result] = [...known].toSorted().join(' ')
  }
  return { version: 1, results }
}

/** What a baseline says about a question; null when nothing. Pure. */
export function resultIn(baseline: Baseline | undefined, question: Question): Result | null {
  const known = baseline?.results[question.persona]?.[question.place]?.[objectName(question)] ?? {}
  const found = RESULTS.find((result) => known[result]?.split(' ').includes(question.verb))
  return found ?? null
}
