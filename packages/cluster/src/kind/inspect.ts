import { type Engine, docker, imageId, nodeOf } from './engine.ts'
import { assertVersion } from './host.ts'
import { nodeImageNames } from './node-image.ts'

/** What a start would find; nothing was changed to find it out. */
export interface KindInspection {
  /** Of the engine. */
  readonly version: string
  /** Where the engine keeps images and containers, on its machine. */
  readonly dataDirectory: string
  /** The node image that a start would take, and whether it would have to pull it. */
  readonly image: { readonly name: string; readonly isHere: boolean }
  /** The container of this cluster's node, if there is one, running or not. */
  readonly node: string | undefined
}

/**
 * Looks at the engine, at the node image and for a node of the cluster.
 *
 * @throws ClusterError `ERR_ENGINE`, as a start would
 */
export async function inspectKind(
  engine: Engine,
  { image, name }: { image: string | undefined; name: string },
): Promise<KindInspection> {
  const info = await docker(engine, 'info', '--format', '{{.ServerVersion}} {{.DockerRootDir}}')
  const [, version = '', dataDirectory = ''] = /^(\S+) (.*)$/.exec(info) ?? []
  assertVersion(version)
  return {
    version,
    dataDirectory,
    image: await findImage(engine, nodeImageNames(image)),
    node: await nodeOf(engine, name),
  }
}

/** The first of them that the engine has; else the last one, which would be pulled. */
async function findImage(
  engine: Engine,
  names: readonly [string, ...string[]],
): Promise<KindInspection['image']> {
  for (const name of names) {
    if ((await imageId(engine, name)) !== undefined) return { name, isHere: true }
  }
  return { name: names.at(-1) ?? names[0], isHere: false }
}
