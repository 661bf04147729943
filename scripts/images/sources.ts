import { createHash } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Whatever a bundle may be made of, and how: more than is in one, so that nothing is missed. */
const sources = ['{apps,packages}/*/**', 'scripts/{images,image-assembly}/**', 'tsconfig.base.json']
/** pnpm's record of what is installed. */
const installed = 'node_modules/.pnpm/lock.yaml'
/** They hold what is installed or was made of sources. */
const derived = new Set(['node_modules', 'dist', 'coverage', '.turbo'])

/**
 * A digest of all that the bundles of the repository at `root` are made of: equal ones make equal bundles. What
 * somebody has changed by hand in an installed package is not seen.
 */
export async function digestSources(root: string): Promise<string> {
  const found = glob(sources, { cwd: root, withFileTypes: true, exclude: ({ name }) => derived.has(name) })
  const files = [join(root, installed)]
  for await (const entry of found) if (entry.isFile()) files.push(join(entry.parentPath, entry.name))
  const hash = createHash('sha256')
  for (const file of files.toSorted()) {
    const content = await readFile(file)
    hash.update(`${file.slice(root.length)} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}
