import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writePrivateFile } from '@gatehouse/private-files'
import type { KubeconfigDocument } from './document.ts'
import { stringifyKubeconfig } from './stringify.ts'

/**
 * Writes `document` to `file` with mode 0600, replacing what was there in one step: a reader sees the old
 * file or the new one. Missing directories are made with mode 0700.
 */
export async function writeKubeconfig(file: string, document: KubeconfigDocument): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writePrivateFile(file, stringifyKubeconfig(document))
}
