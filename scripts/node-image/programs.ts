import { chmod, cp, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../image-assembly/command.ts'
import type { Context } from '../image-assembly/context.ts'
import { ImageError } from '../image-assembly/errors.ts'

const triplets: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
}

/** Where Debian keeps the shared libraries of this machine's architecture. */
export const libraries = `/usr/lib/${triplets[process.arch] ?? process.arch}`

interface Collection {
  /** Absolute paths in the Debian system, of programs and of libraries that are loaded at run time. */
  readonly programs: readonly string[]
  /** Absolute paths of folders with loadable modules. */
  readonly directories: readonly string[]
  /** Symbolic links to make: path and target. */
  readonly links: Readonly<Record<string, string>>
  readonly context: Pick<Context, 'env' | 'signal'>
}

/**
 * Makes a small root file system in `target` with programs of the Debian system in `root`, and all shared
 * libraries that they and the modules in `directories` are linked with.
 */
export async function collectPrograms(
  root: string,
  target: string,
  { programs, directories, links, context }: Collection,
): Promise<void> {
  await makeSkeleton(target)
  for (const directory of directories) {
    await cp(join(root, directory), join(target, directory), { recursive: true, verbatimSymlinks: true })
  }
  const modules = await filesIn(root, directories, context)
  for (const path of new Set([
    ...programs,
    ...(await librariesOf(root, [...programs, ...modules], context)),
  ])) {
    const place = join(target, mergedUsr(path))
    await mkdir(dirname(place), { recursive: true })
    await copyFile(join(root, mergedUsr(path)), place)
  }
  for (const [path, linkTarget] of Object.entries(links)) {
    await mkdir(dirname(join(target, path)), { recursive: true })
    await symlink(linkTarget, join(target, path))
  }
}

/** What programs expect of any Linux system: Debian's layout with everything below /usr, users, /tmp. */
export async function makeSkeleton(target: string): Promise<void> {
  for (const name of [
    'usr/bin',
    'usr/sbin',
    'usr/lib',
    'usr/lib64',
    'usr/local/bin',
    'etc',
    'root',
    'run',
    'tmp',
  ]) {
    await mkdir(join(target, name), { recursive: true, mode: 0o755 })
  }
  await chmod(join(target, 'tmp'), 0o1777)
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(target, name))
  const users = [
    'root:x:0:0:root:/root:/bin/sh',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  ]
  await writeFile(join(target, 'etc/passwd'), `${users.join('\n')}\n`)
  await writeFile(join(target, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
  await writeFile(join(target, 'etc/nsswitch.conf'), 'hosts: files dns\n')
}

async function filesIn(
  root: string,
  directories: readonly string[],
  context: Collection['context'],
): Promise<string[]> {
  if (directories.length === 0) return []
  const found = await run('chroot', [root, 'find', ...directories, '-type', 'f'], context)
  return found.split('\n').filter((path) => path !== '')
}

/** The libraries that the dynamic linker would load for `files`, by the paths that it uses. */
async function librariesOf(
  root: string,
  files: readonly string[],
  context: Collection['context'],
): Promise<string[]> {
  const listed = await run('chroot', [root, 'ldd', ...files], context)
  return parseLdd(listed)
}

/**
 * Reads what `ldd` prints: `libc.so.6 => /lib/…/libc.so.6 (0x7f…)`, and `/lib64/ld-linux-x86-64.so.2 (0x7f…)`
 * for the linker itself. Pure.
 *
 * @throws ImageError `ERR_SOURCE` when a library is not found
 */
export function parseLdd(text: string): string[] {
  const missing = [...text.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name)
  if (missing.length > 0) {
    throw new ImageError('ERR_SOURCE', `Debian lacks libraries of its own programs: ${missing.join(', ')}`)
  }
  const paths = [...text.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].map(([, path]) => path ?? '')
  return [...new Set(paths)]
}

/** `/lib/x` is `/usr/lib/x`: the top folders are links. Pure. */
function mergedUsr(path: string): string {
  return path.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/')
}
