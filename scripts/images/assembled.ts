import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cached, keyOf } from '../image-assembly/cache.ts'
import type { Context } from '../image-assembly/context.ts'
import { keyLabel, loadArchive, loadedImage } from '../image-assembly/engine.ts'
import { type ImageDescription, writeImageArchive } from '../image-assembly/image-archive.ts'

/** The file of a cached step that holds an image's only layer. */
export const layerFile = 'layer.tar'

/** Puts an image of one layer into the engine, unless it is there as it should be. @throws ImageError */
export async function ensureImage(
  name: string,
  layer: Cached,
  config: ImageDescription['config'],
  context: Context,
): Promise<void> {
  const key = keyOf([layer.key, config])
  if ((await loadedImage(name, context))?.key === key) return
  context.report(`${name}: being put into the engine`)
  const archive = join(context.cacheDirectory, 'image.tar')
  try {
    const layers = [join(layer.directory, layerFile)]
    const description = { name, layers, config: { ...config, Labels: { [keyLabel]: key } } }
    await writeImageArchive(archive, description, context)
    await loadArchive(archive, context)
  } finally {
    await rm(archive, { force: true })
  }
}
