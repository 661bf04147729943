import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { ConformanceError } from './errors.ts'
import { type RunResult, runResultSchema } from './result.ts'

/**
 * Reads the result that a run wrote as JSON.
 *
 * @throws ConformanceError `ERR_MERGE` that names the file
 */
export async function readResult(file: string): Promise<RunResult> {
  const refuse = (why: string, cause: unknown) =>
    new ConformanceError('ERR_MERGE', `${file} is no result of a run: ${why}`, { cause })
  let document: unknown
  try {
    document = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw refuse((cause as Error).message, cause)
  }
  const parsed = runResultSchema.safeParse(document)
  if (parsed.success) return parsed.data
  throw refuse(z.prettifyError(parsed.error).split('\n').slice(0, 4).join(' '), parsed.error)
}
