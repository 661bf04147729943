import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { writePrivateFile } from '@gatehouse/private-files'
import { StackError } from '../errors.ts'
import { readJson, type StateDirectory } from '../state-directory.ts'

/**
 * The existing cluster that a stack was last started on, so that what it created there can be found again. Holds
 * no credential.
 */
const rememberedSchema = z.object({
  /** Marks what this stack created. */
  id: z.string().min(1),
  kubeconfig: z.string(),
  context: z.string(),
  server: z.string(),
})
export type Remembered = z.output<typeof rememberedSchema>

/** @throws StackError `ERR_STATE` */
export async function readRemembered(state: StateDirectory): Promise<Remembered | undefined> {
  const stored = await readJson(state.existingClusterFile)
  if (stored === undefined) return undefined
  const parsed = rememberedSchema.safeParse(stored)
  if (parsed.success) return parsed.data
  throw new StackError('ERR_STATE', `${state.existingClusterFile} is damaged; delete it and start again`)
}

/** Remembers the cluster; the mark stays the same for the life of the state directory. */
export async function remember(
  state: StateDirectory,
  name: string,
  cluster: Omit<Remembered, 'id'>,
): Promise<Remembered> {
  const before = await readRemembered(state)
  const remembered = { id: before?.id ?? `${name}.${randomUUID()}`, ...cluster }
  await writePrivateFile(state.existingClusterFile, `${JSON.stringify(remembered, undefined, 2)}\n`)
  return remembered
}
