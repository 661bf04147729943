import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BundledPackage } from './packages.ts'

const licenceFile = /^(licen[cs]e|copying|notice)([.-]|$)/i

/**
 * Copies each package's licence and notice texts to `<directory>/<name>@<version>/`, since most licences ask
 * that they travel with the code.
 */
export async function copyLicences(packages: readonly BundledPackage[], directory: string): Promise<void> {
  for (const { directory: source, manifest } of packages) {
    const texts = (await readdir(source)).filter((name) => licenceFile.test(name))
    if (texts.length === 0) continue
    const target = join(directory, `${manifest.name.replace('/', '+')}@${manifest.version}`)
    await mkdir(target, { recursive: true })
    for (const text of texts) await copyFile(join(source, text), join(target, text))
  }
}
