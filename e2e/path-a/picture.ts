import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pixelmatch from 'pixelmatch'
import { PNG } from 'pngjs'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether pictures are to be replaced by what there is now (`-u`); by scripts/vitest/setup.ts. */
    updateSnapshots: boolean
  }
}

const FOLDER = join(import.meta.dirname, 'pictures')
/** Of all pixels, the share that may differ: machines round a little differently where things are drawn. */
const TOLERANCE = 0.0005

/**
 * Compares a picture (PNG) with the one of that name in the repository; undefined when they are alike, else what
 * to look at. With `-u` the repository gets the picture instead.
 */
export async function differenceFrom(name: string, picture: Buffer): Promise<string | undefined> {
  const file = join(FOLDER, `${name}.png`)
  const now = PNG.sync.read(picture)
  if (inject('updateSnapshots')) {
    await mkdir(FOLDER, { recursive: true })
    await writeFile(file, small(now))
    return undefined
  }
  const known = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (!known) return `${file} is missing: make it with -u, and look at it`
  const before = PNG.sync.read(known)
  const { width, height } = before
  const difference = new PNG({ width, height })
  const isAsLarge = now.width === width && now.height === height
  const pixels = isAsLarge ? pixelmatch(before.data, now.data, difference.data, width, height) : Infinity
  if (pixels <= TOLERANCE * width * height) return undefined
  const folder = await mkdtemp(join(tmpdir(), `gatehouse-picture-${name}-`))
  await writeFile(join(folder, 'now.png'), picture)
  if (isAsLarge) await writeFile(join(folder, 'difference.png'), PNG.sync.write(difference))
  const what = isAsLarge ? `${pixels} pixels differ` : `the size is ${now.width}×${now.height}`
  return `${what} from ${file}: see ${folder}; if it is to be so, make it anew with -u`
}

/** As small as it gets without losing anything: nothing in a page's picture shines through. */
const small = (picture: PNG): Buffer => PNG.sync.write(picture, { colorType: 2, deflateLevel: 9 })
