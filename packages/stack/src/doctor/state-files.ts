import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { StateDirectory } from '../state-directory.ts'

/** A file or directory of a stack. */
export interface StateFile {
  readonly path: string
  readonly kind: 'file' | 'directory'
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly mtimeMs: number
}

/**
 * Everything below the state directory and the directory itself, first; nothing when there is none. Sockets
 * and links are left out, and so are caches, which hold nothing of this stack's own and whose modes are those of
 * the program that fills them.
 *
 * @throws the file system's error, such as EACCES in a directory of somebody else
 */
export async function stateFiles(state: StateDirectory): Promise<StateFile[]> {
  const caches = new Set([
    join(state.data, 'kubectl-cache'),
    join(state.cluster, 'existing', 'kubectl-cache'),
    join(state.cluster, 'kind', 'kubectl-cache'),
  ])
  const visit = async (path: string): Promise<StateFile[]> => {
    if (caches.has(path)) return []
    const found = await lstat(path).catch(ignoreMissing)
    if (!found || !(found.isFile() || found.isDirectory())) return []
    const { mode, uid, mtimeMs } = found
    const kind = found.isFile() ? 'file' : 'directory'
    const own: StateFile = { path, kind, mode: mode & 0o777, uid, mtimeMs }
    if (kind === 'file') return [own]
    const names = (await readdir(path).catch(ignoreMissing)) ?? []
    const below = await Promise.all(names.map((name) => visit(join(path, name))))
    return [own, ...below.flat()]
  }
  return visit(state.root)
}

/** A running stack replaces files while they are listed. */
function ignoreMissing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code !== 'ENOENT') throw cause
}
