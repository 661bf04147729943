import { versions } from '@gatehouse/binaries'
import { ClusterError } from '../errors.ts'
import { type Engine, docker, imageId } from './engine.ts'

/** The image that scripts/node-image makes. */
const localImage = `gatehouse/node:${versions.kubernetes}`
/** What kind itself would take (pkg/apis/config/defaults/image.go of the pinned version). */
export const defaultImage =
  'kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5'

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
  for (const name of given === undefined ? [localImage, defaultImage] : [given]) {
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
