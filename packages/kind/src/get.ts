import { KindError } from './errors.ts'
import { type Kind, runKind } from './run.ts'

/**
 * The names of the clusters that there are, also of ones that don't run.
 *
 * @throws KindError
 */
export async function getClusters(kind: Kind, { signal }: { signal?: AbortSignal } = {}): Promise<string[]> {
  return linesOf(await runKind(kind, ['get', 'clusters'], { signal }))
}

/**
 * The names of a cluster's nodes, which are also those of their containers; none for a cluster that is not there.
 *
 * @throws KindError
 */
export async function getNodes(
  kind: Kind,
  { name, signal }: { name: string; signal?: AbortSignal },
): Promise<string[]> {
  return linesOf(await runKind(kind, ['get', 'nodes', `--name=${name}`], { signal }))
}

/**
 * A kubeconfig of the cluster's administrator, as YAML.
 *
 * @param options.internal with the API server's address inside the engine's network
 * @throws KindError `ERR_CLUSTER_UNKNOWN` and others
 */
export async function getKubeconfig(
  kind: Kind,
  { name, internal = false, signal }: { name: string; internal?: boolean; signal?: AbortSignal },
): Promise<string> {
  const flags = internal ? ['--internal'] : []
  return runKind(kind, ['get', 'kubeconfig', `--name=${name}`, ...flags], { signal })
}

/**
 * The version of the executable, as in `v0.33.0`.
 *
 * @throws KindError
 */
export async function getVersion(kind: Kind, { signal }: { signal?: AbortSignal } = {}): Promise<string> {
  const output = await runKind(kind, ['version'], { signal })
  const version = /^kind (v\S+)/m.exec(output)?.[1]
  if (version !== undefined) return version
  throw new KindError('ERR_COMMAND', `${kind.path} did not tell its version, but: ${output.slice(0, 200)}`)
}

function linesOf(text: string): string[] {
  return text.split(/\s+/).filter((line) => line !== '')
}
