import { explainFailure } from '@gatehouse/kind'
import { run } from './command.ts'
import type { Context } from './context.ts'
import { ImageError } from './errors.ts'

/** A label of an image with the key of all that went into it. */
export const keyLabel = 'gatehouse.image.key'

export interface LoadedImage {
  readonly id: string
  /** Empty for an image that was not made here. */
  readonly key: string
}

/**
 * The image `name` in the engine; undefined when it has none of that name.
 *
 * @throws ImageError `ERR_ENGINE`
 */
export async function loadedImage(name: string, context: Context): Promise<LoadedImage | undefined> {
  const format = `{{.Id}} {{index .Config.Labels "${keyLabel}"}}`
  try {
    const [id = '', key = ''] = (
      await run('docker', ['image', 'inspect', '--format', format, name], context)
    ).split(' ')
    return { id, key }
  } catch (error) {
    if (error instanceof ImageError && /no such image/i.test(error.message)) return undefined
    throw explained(error)
  }
}

/**
 * Puts an image archive into the engine.
 *
 * @throws ImageError `ERR_ENGINE`
 */
export async function loadArchive(file: string, context: Context): Promise<void> {
  try {
    await run('docker', ['load', '--quiet', '--input', file], context)
  } catch (error) {
    throw explained(error)
  }
}

/** Removes an image that lost its name to a newer one; one that has another name, or that a container uses, stays. */
export async function removeImage(id: string, context: Context): Promise<void> {
  // By its ID the engine would remove one with a single name, too.
  const names = await run('docker', ['image', 'inspect', '--format', '{{len .RepoTags}}', id], context)
  if (names !== '0') return
  await run('docker', ['image', 'rm', id], context).catch((error: unknown) => {
    if (!(error instanceof ImageError)) throw error
    context.report(`the earlier image ${id.slice(0, 19)} is still in use, and stays`)
  })
}

/** Docker's own words, after a sentence that says what to do. */
function explained(error: unknown): unknown {
  if (!(error instanceof ImageError)) return error
  const { code, sentence } = explainFailure(error.message)
  if (code === 'ERR_COMMAND') return error
  return new ImageError('ERR_ENGINE', `${sentence}\n${error.message}`, { cause: error })
}
