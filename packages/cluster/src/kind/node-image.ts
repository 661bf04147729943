import { versions } from '@gatehouse/binaries'
import { ClusterError } from '../errors.ts'
import { type Engine, docker, imageId } from './engine.ts'

/** The image that scripts/node-image makes. */
const localImage = `gatehouse/node:${versions.kubernetes}`
/** What kind itself would take (pkg/apis/config/defaults/image.go of the pinned version). */
export const defaultImage =
  'kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5'

/** The image names in the order in which they are looked for; the last one is pulled. Pure. */
export function nodeImageNames(given: string | undefined): readonly [string, ...string[]] {
  return given === undefined ? [localImage, defaultImage] : [given]
}

/** A label of the node image with the name of an image in it that serves port 80. */
export const podImageLabel = 'gatehouse.node-image.pod-image'

export interface NodeImage {
  readonly name: string
  readonly id: string
}

/**
 * The image of the node: the `given` one; else the one that was made on this machine; else kind's own. It is
 * pulled if the engine does not have it.
 *
 * @throws ClusterError `ERR_ENGINE`
 */
export async function obtainNodeImage(
  engine: Engine,
  given: string | undefined,
  onPull: (name: string) => void,
): Promise<NodeImage> {
  for (const name of nodeImageNames(given)) {
    const id = await imageId(engine, name)
    if (id !== undefined) return { name, id }
  }
  const name = given ?? defaultImage
  onPull(name)
  try {
    await docker(engine, 'pull', '--quiet', name)
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    throw new ClusterError(
      'ERR_ENGINE',
      `the node image ${name} is not here and can't be pulled. Make one with \`node scripts/node-image/main.ts\`, or name another one\n${error.message}`,
      { cause: error },
    )
  }
  return { name, id: (await imageId(engine, name)) ?? name }
}

/** The image for pods that the node image brings along, if it says so. @throws ClusterError `ERR_ENGINE` */
export async function podImageOf(engine: Engine, { name }: NodeImage): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${podImageLabel}"}}`
  return (await docker(engine, 'image', 'inspect', '--format', format, name)) || undefined
}
