import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from './apps.ts'
import type { BaseImage } from './base.ts'
import { bundle } from './bundle.ts'
import type { Executable } from './kubernetes.ts'
import { copyLicences } from './licences.ts'
import { type BundledPackage, packagesOf } from './packages.ts'
import { billOfMaterials } from './sbom.ts'

const health = new URL('health/main.ts', import.meta.url).href

/**
 * Fills a folder of the build context with an app's programs: `main.mjs`, `health.mjs`, and what else it has.
 * The folder is also a package, by whose name the stack's image finds the service. Returns what is bundled.
 */
export async function bundleApp(
  { name, main, addFiles }: App,
  directory: string,
): Promise<readonly BundledPackage[]> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const own = { name: `@gatehouse/${name}`, type: 'module', exports: { './main': './main.mjs' } }
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(own)}\n`)
  const { modules } = await bundle('main', main, directory)
  await bundle('health', health, directory)
  const others = (await addFiles?.(directory)) ?? []
  const packages = await packagesOf([...modules, ...others])
  if (packages.length === 0) throw new Error(`the bundle of ${name} is empty`)
  return packages
}

interface Content {
  /** The image, as the engine calls it. */
  readonly image: string
  readonly packages: readonly BundledPackage[]
  /** Where it was made here; the bill of a foreign base is its maker's. */
  readonly base: Pick<BaseImage, 'packages'> | undefined
  /** Of Kubernetes and what it needs. */
  readonly executables: readonly Executable[]
}

/** Writes what an image consists of: the licences of what is bundled, and the bill of materials. */
export async function describeContent(
  directory: string,
  { image, packages, base, executables }: Content,
): Promise<void> {
  await copyLicences(packages, join(directory, 'licences'))
  const manifests = packages.map(({ manifest }) => manifest)
  const node = base ? { node: process.versions.node } : {}
  const bill = billOfMaterials({ image, manifests, debian: base?.packages ?? [], executables, ...node })
  await writeFile(join(directory, 'sbom.cdx.json'), `${bill}\n`)
}
