import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from './apps.ts'
import { bundle } from './bundle.ts'
import { copyLicences } from './licences.ts'
import { type BundledPackage, packagesOf } from './packages.ts'
import type { BaseImage } from './base.ts'
import { billOfMaterials } from './sbom.ts'

const health = new URL('health/main.ts', import.meta.url).href

/**
 * Fills a folder of the build context with all that an image adds to its base: `main.mjs`, `health.mjs`, the
 * licences of what is bundled, and `sbom.cdx.json`.
 *
 * @param base where it was made here; the bill of a foreign base is its maker's
 */
export async function prepareContext(
  { name, main, addFiles }: App,
  directory: string,
  { image, base }: { image: string; base: BaseImage | undefined },
): Promise<BundledPackage[]> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const { modules } = await bundle('main', main, directory)
  await bundle('health', health, directory)
  const others = (await addFiles?.(directory)) ?? []
  const packages = await packagesOf([...modules, ...others])
  if (packages.length === 0) throw new Error(`the bundle of ${name} is empty`)
  await copyLicences(packages, join(directory, 'licences'))
  const manifests = packages.map(({ manifest }) => manifest)
  const node = base ? { node: process.versions.node } : {}
  const bill = billOfMaterials({ image, manifests, debian: base?.packages ?? [], ...node })
  await writeFile(join(directory, 'sbom.cdx.json'), `${bill}\n`)
  return packages
}
