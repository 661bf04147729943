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
  const found: BundledPackage[] = []
  const seen = new Map<string, Promise<BundledPackage>>()
  for (const directory of new Set(modules.map((module) => dirname(module)))) {
    found.push(await packageAbove(directory, seen))
  }
  return uniquePackages(found)
}

/** Each package once, in the order of their names. Pure. */
export function uniquePackages(packages: readonly BundledPackage[]): BundledPackage[] {
  const byName = new Map(packages.map((one) => [`${one.manifest.name}@${one.manifest.version}`, one]))
  return [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
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
