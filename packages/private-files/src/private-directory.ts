import { chmod, lstat, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PrivateFilesError } from './errors.ts'

/** What `stat` says about a directory, as far as it tells who can change what is in it. */
export interface DirectoryFacts {
  readonly path: string
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

/** Whose files they are. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

const ROOT = 0
const READ_BY_OTHERS = 0o077
const WRITE_BY_GROUP = 0o020
const WRITE_BY_ALL = 0o002
const STICKY = 0o1000

/**
 * Creates `directory` with mode 0700, or closes one that others could read. One that somebody else owns,
 * could write to or could exchange is refused, since its keys, configuration and sockets may be theirs: in a
 * shared /tmp anybody can be first. `remedy` says what to do then, as the end of a sentence.
 *
 * @throws PrivateFilesError `ERR_NOT_PRIVATE`
 */
export async function makePrivateDirectory(directory: string, remedy: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const me = currentOwner()
  if (me === undefined) return
  const parent = dirname(directory)
  const [link, target, above] = await Promise.all([lstat(directory), stat(directory), stat(parent)])
  const problem =
    problemWithParent({ path: parent, ...facts(above) }, me) ??
    problemWithDirectory({ path: directory, ...facts(link) }, me) ??
    problemWithDirectory({ path: directory, ...facts(target) }, me)
  if (problem !== undefined) throw new PrivateFilesError('ERR_NOT_PRIVATE', `${problem}; ${remedy}`)
  if ((target.mode & READ_BY_OTHERS) !== 0) await chmod(directory, 0o700)
}

/** Why a directory can't hold secrets of `me`, or undefined when it can. A symbolic link is judged by its owner. Pure. */
export function problemWithDirectory(directory: DirectoryFacts, me: Owner): string | undefined {
  if (directory.uid !== me.uid) {
    return `${directory.path} belongs to another user (uid ${directory.uid}), who could read and exchange every secret in it`
  }
  if (isLink(directory) || !isWritableByOthers(directory, me)) return undefined
  return `others may write to ${directory.path}, and may have put their own secrets there (deleted, it is made anew)`
}

/** Why what stands in a directory can be exchanged by others than `me` and root, or undefined. Pure. */
export function problemWithParent(parent: DirectoryFacts, me: Owner): string | undefined {
  if (parent.uid !== me.uid && parent.uid !== ROOT) {
    return `${parent.path} belongs to another user (uid ${parent.uid}), who could exchange what is in it`
  }
  // In a sticky directory, such as /tmp, only its owner renames an entry.
  if ((parent.mode & STICKY) !== 0 || !isWritableByOthers(parent, me)) return undefined
  return `others may write to ${parent.path}, and so exchange what is in it (chmod go-w '${parent.path}' ends that)`
}

/** A group of the user's own name, as many systems make one for each user, is the user. */
function isWritableByOthers({ mode, gid }: DirectoryFacts, me: Owner): boolean {
  return (mode & WRITE_BY_ALL) !== 0 || ((mode & WRITE_BY_GROUP) !== 0 && gid !== me.gid)
}

/** The permissions of a link itself mean nothing. */
function isLink({ mode }: DirectoryFacts): boolean {
  return (mode & 0o170000) === 0o120000
}

function facts({ uid, gid, mode }: { uid: number; gid: number; mode: number }) {
  return { uid, gid, mode }
}

/** Undefined on systems without user ids. */
export function currentOwner(): Owner | undefined {
  const uid = process.geteuid?.()
  const gid = process.getegid?.()
  return uid === undefined || gid === undefined ? undefined : { uid, gid }
}
