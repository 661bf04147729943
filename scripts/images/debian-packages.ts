import { readdir, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../image-assembly/command.ts'
import type { Context } from '../image-assembly/context.ts'

/** A Debian package that was unpacked. */
export interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
}

/**
 * Downloads Debian packages of this machine's release with apt and unpacks them into `root`, without running
 * their scripts and without what they depend on.
 *
 * @throws ImageError `ERR_COMMAND`, for example when apt has no package lists yet
 */
export async function unpackPackages(
  names: readonly string[],
  root: string,
  downloads: string,
  context: Pick<Context, 'env' | 'signal'>,
): Promise<DebianPackage[]> {
  await run('apt-get', ['download', ...names], { ...context, cwd: downloads })
  const unpacked: DebianPackage[] = []
  for (const file of (await readdir(downloads)).filter((name) => name.endsWith('.deb'))) {
    const archive = join(downloads, file)
    const fields = await run('dpkg-deb', ['--field', archive, 'Package', 'Version', 'Architecture'], context)
    await run('dpkg-deb', ['--extract', archive, root], context)
    await rm(archive)
    unpacked.push(parseFields(fields))
  }
  return unpacked
}

/** What `dpkg-deb --field` prints of several fields: a line each. Pure. */
export function parseFields(text: string): DebianPackage {
  const fields = new Map(text.split('\n').map((line) => line.split(': ', 2) as [string, string]))
  const field = (name: string) => {
    const value = fields.get(name)
    if (value === undefined) throw new Error(`dpkg-deb told no ${name}`)
    return value
  }
  return { name: field('Package'), version: field('Version'), architecture: field('Architecture') }
}

/** The package that holds the documentation of `name`, where that is a link to another's (libgcc-s1: gcc-N-base). */
export async function documentationOwner(root: string, name: string): Promise<string | undefined> {
  return readlink(join(root, 'usr/share/doc', name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EINVAL' || error.code === 'ENOENT') return undefined
    throw error
  })
}
