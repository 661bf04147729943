import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The app's own folder. */
export const appRoot = fileURLToPath(new URL('../..', import.meta.url))
/** The page's sources. */
export const webRoot = fileURLToPath(new URL('../web', import.meta.url))

/** The package of this workspace that the page uses. */
const rbacRoot = fileURLToPath(new URL('.', import.meta.resolve('@gatehouse/authorization/rbac')))

/** What decides how the page comes out: its sources, how it is built, and the versions of what it uses. */
const INPUTS = [webRoot, rbacRoot, join(appRoot, 'src/build'), join(appRoot, 'package.json')]
const LOCK_FILE = fileURLToPath(new URL('../../../../pnpm-lock.yaml', import.meta.url))

/** A name for the content of everything that goes into the page. */
export async function hashOfSources(): Promise<string> {
  const files = (await Promise.all([...INPUTS, LOCK_FILE].map(filesAt))).flat().toSorted()
  const contents = await Promise.all(files.map((file) => readFile(file)))
  const hash = createHash('sha256')
  for (const [index, file] of files.entries()) {
    hash.update(`${file.slice(appRoot.length)}\0${contents[index]!.length}\0`).update(contents[index]!)
  }
  return hash.digest('hex').slice(0, 16)
}

async function filesAt(path: string): Promise<string[]> {
  if (/\.(json|yaml)$/.test(path)) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
