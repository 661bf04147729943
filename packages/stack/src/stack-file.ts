import { z } from 'zod'
import { StackError } from './errors.ts'
import { readJson, type StateDirectory } from './state-directory.ts'

/** What another process must know of a running stack; it stands in `stack.json`. */
const stackFileSchema = z.object({
  pid: z.int(),
  issuer: z.string(),
  kubeconfigGenerator: z.string(),
  certificateAuthorityFile: z.string(),
})
export type StackFile = z.output<typeof stackFileSchema>

/** @throws StackError `ERR_NOT_RUNNING` while there is none, `ERR_STATE` */
export async function readStackFile(state: StateDirectory, name: string): Promise<StackFile> {
  const parsed = stackFileSchema.safeParse(await readJson(state.stackFile))
  if (!parsed.success)
    throw new StackError('ERR_NOT_RUNNING', `the stack "${name}" is still starting; see "gatehouse status"`)
  return parsed.data
}
