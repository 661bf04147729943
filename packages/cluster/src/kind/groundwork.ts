import type { Kind } from '@gatehouse/kind'
import type { ClusterOptions } from '../provider.ts'
import { docker, type Engine, ensureNetwork } from './engine.ts'
import { assertVersion } from './host.ts'
import { engineEnvironment, KEEPER, keeperProcess } from './keeper.ts'
import type { KindOptions, NetworkOptions } from './kind.ts'
import { engineName, type Layout, layoutOf, makeDirectories } from './layout.ts'
import { type NodeImage, obtainNodeImage } from './node-image.ts'
import type { Removal } from './remove.ts'

/** What is there before the node. */
export interface Groundwork {
  readonly layout: Layout
  readonly engine: Engine
  readonly image: NodeImage
  readonly removal: Removal
  /** The address by which the node reaches this machine. */
  readonly gateway: string
}

/**
 * Finds the node image, sets somebody to remove the cluster in the end, and makes its network: in this order,
 * so that nothing is made that nobody would remove. To do it again changes nothing.
 *
 * @throws ClusterError `ERR_ENGINE`, SupervisorError
 */
export async function layGroundwork(
  kindPath: string,
  { image: givenImage, keep = false }: KindOptions,
  { name, directory, supervisor, env, signal }: NetworkOptions,
  done: (message: string) => void,
): Promise<Groundwork> {
  const layout = layoutOf(directory)
  const engineWideName = engineName(name, directory)
  const kind: Kind = {
    path: kindPath,
    env: { ...engineEnvironment(env), KIND_EXPERIMENTAL_DOCKER_NETWORK: engineWideName },
  }
  const engine: Engine = { env: kind.env, signal }
  assertVersion(await docker(engine, 'version', '--format', '{{.Server.Version}}'))
  await makeDirectories(layout)
  const image = await obtainNodeImage(engine, givenImage, (missing) => done(`pulling ${missing}`))
  const removal: Removal = {
    kind,
    name: engineWideName,
    image: image.name,
    kubeconfig: layout.adminKubeconfig,
    created: layout.created,
    kernelSettings: layout.kernelSettings,
    retained: layout.retained,
  }
  if (!keep && !hasKeeper(supervisor)) await supervisor.start([await keeperProcess(layout, removal)], signal)
  const { gateway } = await ensureNetwork(engine, engineWideName)
  return { layout, engine, image, removal, gateway }
}

function hasKeeper(supervisor: ClusterOptions['supervisor']): boolean {
  return supervisor.states().some(({ name }) => name === KEEPER)
}
