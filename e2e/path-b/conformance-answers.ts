import { type Cell, runResultSchema } from '@gatehouse/conformance'
import { readFinding, writeFinding } from './findings.ts'
import { startTestStack, type TestStack } from './gatehouse.ts'

/** What a run with the default spec has found, by question and way in: the answer and the verdict. */
export type Answers = Readonly<Record<string, string>>

const EMBEDDED = 'conformance-embedded'

/** Runs `gatehouse conformance` with its default spec; fails where the run did not come to its end. */
export async function conformanceAnswers({ gatehouse }: TestStack): Promise<Answers> {
  const { stdout, stderr } = await gatehouse('conformance', '--json')
  if (stdout === '') throw new Error(`gatehouse conformance printed nothing: ${stderr}`)
  const result = runResultSchema.parse(JSON.parse(stdout))
  if (result.missing.length > 0) throw new Error(result.missing.join('\n'))
  return answersIn(result.cells)
}

/** For `embeddedAnswers`, by the tests that run there anyway. */
export const keepEmbeddedAnswers = (cells: readonly Cell[]): Promise<void> =>
  writeFinding(EMBEDDED, answersIn(cells))

/** What the embedded cluster answers: found by tests of this run, or by a stack for it where they do not run. */
export async function embeddedAnswers(): Promise<Answers> {
  const found = await readFinding<Answers>(EMBEDDED)
  if (found) return found
  await using stack = await startTestStack()
  return await conformanceAnswers(stack)
}

/** The answers of a run, each under its question. Pure. */
export function answersIn(cells: readonly Cell[]): Answers {
  const entries = cells.map(({ path, persona, place, verb, transport, why, ...cell }) => {
    const object = [cell.group, cell.resource, cell.subresource, cell.nonResourcePath]
      .filter(Boolean)
      .join('/')
    // A place's namespace has a name of its own in each run.
    const name = cell.name === '' ? '' : cell.name === cell.namespace ? 'itself' : cell.name
    const key = [path, persona, place, verb, object, name, transport].join(' ')
    const answer = `${cell.actual.result}, ${cell.verdict}`
    return [key, why === '' ? answer : `${answer}: ${why}`] as const
  })
  return Object.fromEntries(entries)
}
