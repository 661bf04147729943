import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ownFile, withLock, writePrivateFile } from '@gatehouse/private-files'
import { diffKubeconfigs, type KubeconfigChange } from './diff.ts'
import type { KubeconfigDocument } from './document.ts'
import type { KubeconfigError } from './errors.ts'
import { parseKubeconfig, readText } from './parse.ts'
import { isBlank, upsertIntoText } from './upsert.ts'

export interface MergeResult {
  /** The file that was written, links followed. */
  readonly file: string
  /** What the file was before; absent where there was none, or nothing to change. */
  readonly backup?: string
  readonly changes: readonly KubeconfigChange[]
}

/**
 * Puts the entries of `addition` into a kubeconfig file, and changes nothing else in it. Other writers are kept
 * out by kubectl's own lock, readers see the old file or the new one, the old one is kept beside it, and both
 * have mode 0600. Nothing that the file says is run or followed. `use` switches the current context.
 *
 * @throws KubeconfigError, and PrivateFilesError `ERR_NOT_PRIVATE` when others could write to the file, `ERR_LOCKED`
 */
export async function mergeIntoFile(
  file: string,
  addition: KubeconfigDocument,
  { use }: { use: boolean },
): Promise<MergeResult> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const path = await ownFile(file)
  return withLock(`${path}.lock`, async () => {
    const text = await textOf(path)
    const before = parseKubeconfig(text === undefined || isBlank(text) ? '{}' : text, path)
    const changed = upsertIntoText(text ?? '', addition, { use, source: path })
    const changes = diffKubeconfigs(before, parseKubeconfig(changed, path))
    if (changes.length === 0) return { file: path, changes }
    const backup = text === undefined ? undefined : `${path}.backup-${stamp(new Date())}`
    if (text !== undefined && backup !== undefined) await writePrivateFile(backup, text)
    await writePrivateFile(path, changed)
    return { file: path, ...(backup === undefined ? {} : { backup }), changes }
  })
}

/** Undefined when there is no such file. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readText(path)
  } catch (error) {
    const { cause } = error as KubeconfigError
    if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined
    throw error
  }
}

/** A time as part of a file's name, to the millisecond. */
function stamp(time: Date): string {
  return time.toISOString().replace(/[-:.]/g, '')
}
