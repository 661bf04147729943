import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from '@gatehouse/supervisor'

/** Of the process that made it. */
const NAME = /^kubectl-(\d+)-/

/**
 * Makes a folder of this process below `parent`, mode 0700. A process that was killed has removed nothing, and
 * kubeconfigs with tokens were in its folder: that goes first.
 */
export async function makeRunDirectory(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  for (const entry of await readdir(parent)) {
    const pid = NAME.exec(entry)?.[1]
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(parent, entry), { recursive: true, force: true })
  }
  return mkdtemp(join(parent, `kubectl-${process.pid}-`))
}
