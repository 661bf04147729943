import { type RunResult, runResultSchema } from '@gatehouse/conformance'
import type { TestStack } from './gatehouse.ts'

/**
 * What `gatehouse conformance` finds with its default spec, by question and way in: the answer and the verdict.
 * Fails where the run did not come to its end.
 */
export async function conformanceAnswers({ gatehouse }: TestStack): Promise<Map<string, string>> {
  const { stdout, stderr } = await gatehouse('conformance', '--json')
  if (stdout === '') throw new Error(`gatehouse conformance printed nothing: ${stderr}`)
  const { cells, missing }: RunResult = runResultSchema.parse(JSON.parse(stdout))
  if (missing.length > 0) throw new Error(missing.join('\n'))
  return new Map(
    cells.map(({ path, persona, place, verb, transport, why, ...cell }) => {
      const object = [cell.group, cell.resource, cell.subresource, cell.nonResourcePath]
        .filter(Boolean)
        .join('/')
      // A place's namespace has a name of its own in each run.
      const name = cell.name === '' ? '' : cell.name === cell.namespace ? 'itself' : cell.name
      const key = [path, persona, place, verb, object, name, transport].join(' ')
      const answer = `${cell.actual.result}, ${cell.verdict}`
      return [key, why === '' ? answer : `${answer}: ${why}`]
    }),
  )
}
