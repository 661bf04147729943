import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder of this run of the tests alone. */
    reportDirectory: string
  }
}

/** Keeps what tests have found, as JSON, for other tests of this run to compare theirs with. */
export async function writeFinding(name: string, finding: unknown): Promise<void> {
  await mkdir(inject('reportDirectory'), { recursive: true })
  // Somebody may look for it at the same time, and must not find half of it.
  const unfinished = `${fileOf(name)}.${process.pid}`
  await writeFile(unfinished, JSON.stringify(finding, undefined, 2))
  await rename(unfinished, fileOf(name))
}

/** What tests of this run have found before; undefined when they did not run. */
export async function readFinding<T>(name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(name), 'utf8')) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

const fileOf = (name: string) => join(inject('reportDirectory'), `${name}.json`)
