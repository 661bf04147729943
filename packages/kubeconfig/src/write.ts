import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { KubeconfigDocument } from './document.ts'
import { stringifyKubeconfig } from './stringify.ts'

/**
 * Writes `document` to `file` with mode 0600, replacing what was there in one step: a reader sees the old
 * file or the new one. Missing directories are made with mode 0700.
 */
export async function writeKubeconfig(file: string, document: KubeconfigDocument): Promise<void> {
  const directory = dirname(file)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const draft = join(directory, `.${basename(file)}.${randomUUID()}`)
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(stringifyKubeconfig(document))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
