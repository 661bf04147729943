import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { appRoot, hashOfSources } from './sources.ts'

const DIST = join(appRoot, 'dist')

export interface BuiltPage {
  readonly directory: string
  /** How long building it took; undefined when it was there already. */
  readonly builtInMs: number | undefined
}

/**
 * The page as browsers get it. Built when its sources have changed since the last build, else taken from
 * `dist/<hash of the sources>`; services that start at the same time may both build, and one result counts.
 */
export async function builtPage(): Promise<BuiltPage> {
  const name = await hashOfSources()
  const directory = join(DIST, name)
  if (await exists(directory)) return { directory, builtInMs: undefined }
  const begin = performance.now()
  await mkdir(DIST, { recursive: true })
  const scratch = await mkdtemp(join(DIST, '.building-'))
  try {
    // The bundler is only loaded when there is something to build.
    const { buildPage } = await import('./build-page.ts')
    await buildPage(scratch)
    await rename(scratch, directory).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  await removeOthers(name)
  return { directory, builtInMs: performance.now() - begin }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Pages of earlier sources; a service that serves one has it in memory. */
async function removeOthers(name: string): Promise<void> {
  const others = (await readdir(DIST)).filter((other) => other !== name && !other.startsWith('.building-'))
  await Promise.all(others.map((other) => rm(join(DIST, other), { recursive: true, force: true })))
}
