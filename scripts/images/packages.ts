import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** An npm package of which something is in a bundle. */
export interface BundledPackage {
  /** Absolute path of its folder. */
  readonly directory: string
  /** Its package.json. */
  readonly manifest: Manifest
}

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/** The packages that `modules` (absolute paths) belong to, by name and version. */
export async function packagesOf(modules: readonly string[]): Promise<BundledPackage[]> {
  const found = new Map<string, BundledPackage>()
  const seen = new Map<string, Promise<BundledPackage>>()
  for (const directory of new Set(modules.map((module) => dirname(module)))) {
    const owner = await packageAbove(directory, seen)
    found.set(`${owner.manifest.name}@${owner.manifest.version}`, owner)
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, owner]) => owner)
}

/** The nearest folder whose package.json has a name and a version; others only set `type` for a subfolder. */
async function packageAbove(
  directory: string,
  seen: Map<string, Promise<BundledPackage>>,
): Promise<BundledPackage> {
  const known = seen.get(directory)
  if (known) return known
  const search = readManifest(join(directory, 'package.json')).then((manifest) => {
    if (manifest) return { directory, manifest }
    const parent = dirname(directory)
    if (parent === directory) throw new Error(`${directory} belongs to no package`)
    return packageAbove(parent, seen)
  })
  seen.set(directory, search)
  return search
}

async function readManifest(file: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(file, 'utf8')) as Partial<Manifest>
    return manifest.name !== undefined && manifest.version !== undefined ? (manifest as Manifest) : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
