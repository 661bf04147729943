import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * The folder of everything that Gatehouse keeps to save time: `gatehouse` in $XDG_CACHE_HOME, which unset, empty
 * or relative means ~/.cache (XDG Base Directory Specification). Pure but for the home directory.
 */
export function cacheRoot(env: Readonly<Record<string, string | undefined>>): string {
  const configured = env['XDG_CACHE_HOME']
  const home = configured && isAbsolute(configured) ? configured : join(env['HOME'] || homedir(), '.cache')
  return join(home, 'gatehouse')
}

/**
 * Whether nobody but this user and root has a say in a file or folder: what is in the cache is run with this
 * user's rights. Pure but for the user.
 */
export function belongsToUs({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return (uid === process.getuid?.() || uid === 0) && (mode & 0o022) === 0
}

/** The folder in it of code that Node has compiled, for the next start of whatever of ours runs it. */
export const compileCache = (env: Parameters<typeof cacheRoot>[0]): string =>
  join(cacheRoot(env), 'compile-cache')
