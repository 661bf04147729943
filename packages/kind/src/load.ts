import { type Kind, runKind } from './run.ts'

export interface LoadOptions {
  readonly name: string
  /** Without it, on all nodes of the cluster. */
  readonly nodes?: readonly string[]
  readonly signal?: AbortSignal
}

/**
 * Puts images that the engine has onto the nodes. What a node has already is not sent again.
 *
 * @throws KindError `ERR_IMAGE_MISSING` when the engine does not have one, `ERR_CLUSTER_UNKNOWN` and others
 */
export async function loadImages(
  kind: Kind,
  images: readonly [string, ...string[]],
  options: LoadOptions,
): Promise<void> {
  await runKind(kind, ['load', 'docker-image', ...images, ...flags(options)], { signal: options.signal })
}

/**
 * Puts the images in an archive, as `docker save` writes it, onto the nodes.
 *
 * @throws KindError `ERR_CLUSTER_UNKNOWN` and others
 */
export async function loadImageArchive(kind: Kind, archive: string, options: LoadOptions): Promise<void> {
  await runKind(kind, ['load', 'image-archive', archive, ...flags(options)], { signal: options.signal })
}

function flags({ name, nodes = [] }: LoadOptions): string[] {
  return [`--name=${name}`, ...(nodes.length === 0 ? [] : [`--nodes=${nodes.join(',')}`])]
}
