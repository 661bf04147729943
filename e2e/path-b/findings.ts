import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject, vi } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder of this run of the tests alone. */
    reportDirectory: string
    /** Whether the tests that need Docker and the others run at the same time. */
    runsSideBySide: boolean
  }
}

/** Keeps what tests have found, as JSON, for other tests of this run to compare theirs with. */
export async function writeFinding(name: string, finding: unknown): Promise<void> {
  const file = fileOf(name)
  await mkdir(inject('reportDirectory'), { recursive: true })
  await writeFile(`${file}.part`, JSON.stringify(finding, undefined, 2))
  // Whole, or not there: others may be waiting for it.
  await rename(`${file}.part`, file)
}

/** What tests beside these, or before them, have found; undefined when there are none. */
export async function awaitFinding<T>(name: string): Promise<T | undefined> {
  if (!inject('runsSideBySide')) return readFinding(name)
  return vi.waitUntil(() => readFinding<T>(name), { timeout: 900_000, interval: 1000 })
}

async function readFinding<T>(name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(name), 'utf8')) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

const fileOf = (name: string) => join(inject('reportDirectory'), `${name}.json`)
