import { allObjects as listAll } from '@gatehouse/cluster/test-objects'
import type { Terminal } from './gatehouse.ts'

/** Every object of a cluster with the version of its last change; two of these are equal when nothing was written. */
export const allObjects = (admin: Terminal): Promise<string[]> => listAll((args) => output(admin, ...args))

/** What kubectl printed; fails with what it wrote to stderr. */
export async function output({ kubectl }: Terminal, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await kubectl(...args)
  if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${exitCode}: ${stderr}`)
  return stdout
}
