import { lstat, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PrivateFilesError } from './errors.ts'
import { currentOwner, type DirectoryFacts, problemWithParent } from './private-directory.ts'

const WRITE_BY_OTHERS = 0o022

/**
 * Where `file` really is, links followed, once it is certain that nobody but its owner can change or exchange
 * it; it need not be there yet.
 *
 * @throws PrivateFilesError `ERR_NOT_PRIVATE`
 */
export async function ownFile(file: string): Promise<string> {
  const link = await lstat(file).catch(noneIfMissing)
  const target = link && (await realpath(file).catch(noneIfMissing))
  if (link && target === undefined) throw notPrivate(`${file} is a link that leads nowhere; remove it`)
  const path = target ?? file
  const me = currentOwner()
  if (me === undefined) return path
  const facts = target === undefined ? undefined : await stat(target)
  if (facts && !facts.isFile()) throw notPrivate(`${path} is not a file`)
  for (const one of [link, facts]) {
    if (one && one.uid !== me.uid) throw notPrivate(`${file} belongs to another user (uid ${one.uid})`)
  }
  if (facts && (facts.mode & WRITE_BY_OTHERS) !== 0) {
    throw notPrivate(
      `others may write to ${path}, and may have put entries there that run programs; look at it, then run: chmod go-rwx '${path}'`,
    )
  }
  for (const parent of new Set([dirname(file), dirname(path)])) {
    const problem = problemWithParent(await factsOf(parent), me)
    if (problem !== undefined) throw notPrivate(problem)
  }
  return path
}

async function factsOf(path: string): Promise<DirectoryFacts> {
  const { uid, gid, mode } = await stat(path)
  return { path, uid, gid, mode }
}

function noneIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function notPrivate(message: string): PrivateFilesError {
  return new PrivateFilesError('ERR_NOT_PRIVATE', message)
}
