import { chmod, copyFile, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cached, cached } from '../image-assembly/cache.ts'
import type { Context } from '../image-assembly/context.ts'
import { path } from '../image-assembly/image-archive.ts'
import { packDirectory } from '../image-assembly/pack.ts'
import { ensureImage, layerFile } from './assembled.ts'
import { type DebianPackage, documentationOwner, unpackPackages } from './debian-packages.ts'

/** What the Node executable is linked with, and nothing else: no shell, no package manager. */
const libraries = ['libc6', 'libgcc-s1', 'libstdc++6']

/** The user of every image; distroless images have the same. */
export const nonroot = { name: 'nonroot', id: 65532 } as const

const packagesFile = 'packages.json'

export interface BaseImage {
  readonly name: string
  /** Says all that went into it. */
  readonly key: string
  readonly packages: readonly DebianPackage[]
}

/**
 * Makes the image that the services' images stand on where none can be pulled: the Node of this process and
 * the libraries that it needs. What did not change is not made again.
 *
 * @throws ImageError
 */
export async function buildBaseImage(context: Context): Promise<BaseImage> {
  const layer = await buildLayer(context)
  const name = `gatehouse/base:node${process.versions.node}`
  const config = { Env: [path, 'NODE_ENV=production'], Entrypoint: ['/usr/local/bin/node'] }
  const packages = JSON.parse(await readFile(join(layer.directory, packagesFile), 'utf8')) as DebianPackage[]
  await ensureImage(name, layer, config, context)
  return { name, key: layer.key, packages }
}

async function buildLayer(context: Context): Promise<Cached> {
  const recipe = await Promise.all(
    ['base.ts', 'debian-packages.ts'].map((name) => readFile(join(import.meta.dirname, name), 'utf8')),
  )
  return cached('base', { node: process.version, recipe }, context, async (directory) => {
    const root = join(directory, 'root')
    const downloads = join(directory, 'downloads')
    await mkdir(downloads)
    await mkdir(root)
    const packages = await unpackPackages(libraries, root, downloads, context)
    const owners = await Promise.all(libraries.map((name) => documentationOwner(root, name)))
    const missing = owners.filter((owner) => owner !== undefined)
    if (missing.length > 0) packages.push(...(await unpackPackages(missing, root, downloads, context)))
    await removeSuperfluous(root)
    await addUser(root)
    await mkdir(join(root, 'usr/local/bin'), { recursive: true })
    await copyFile(process.execPath, join(root, 'usr/local/bin/node'))
    await chmod(join(root, 'usr/local/bin/node'), 0o755)
    await packDirectory(root, join(directory, layerFile), context, { ownedByRoot: true })
    await writeFile(join(directory, packagesFile), JSON.stringify(packages))
    await rm(root, { recursive: true })
    await rm(downloads, { recursive: true })
  })
}

/** Character sets and translations that no program here converts, and documentation but for the licences. */
async function removeSuperfluous(root: string): Promise<void> {
  const patterns = [
    '{usr/,}lib/*/{gconv,audit}',
    'usr/share/{gdb,lintian,locale}',
    'usr/share/doc/*/!(copyright)',
  ]
  for await (const entry of glob(patterns, { cwd: root })) {
    await rm(join(root, entry), { recursive: true, force: true })
  }
}

async function addUser(root: string): Promise<void> {
  const { name, id } = nonroot
  await mkdir(join(root, 'etc'), { recursive: true })
  await mkdir(join(root, 'tmp'))
  await chmod(join(root, 'tmp'), 0o1777)
  const root0 = 'root:x:0:0:root:/:/sbin/nologin'
  await writeFile(
    join(root, 'etc/passwd'),
    `${root0}\n${name}:x:${id}:${id}:${name}:/nonexistent:/sbin/nologin\n`,
  )
  await writeFile(join(root, 'etc/group'), `root:x:0:\n${name}:x:${id}:\n`)
  // Names of other containers come from DNS, `localhost` from /etc/hosts.
  await writeFile(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n')
}
