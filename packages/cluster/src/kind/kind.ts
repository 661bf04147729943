import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheRoot, resolveBinaries } from '@gatehouse/binaries'
import { acquireLock } from '@gatehouse/binaries/lock'
import { getKubeconfig, getNodes } from '@gatehouse/kind'
import { openCertificateAuthority } from '@gatehouse/pki'
import { writePrivateFile } from '@gatehouse/private-files'
import { reachableHost } from '../embedded/apiserver.ts'
import { kubeconfigForIdentity } from '../embedded/credentials.ts'
import type { ExecutableOptions } from '../embedded/executables.ts'
import { checkOptions } from '../embedded/options.ts'
import { untilPortIsFree } from '../embedded/ports.ts'
import { startClock } from '../embedded/progress.ts'
import type { Cluster, ClusterOptions, ClusterProvider, PrepareOptions } from '../provider.ts'
import { adminKubeconfigOf } from './admin-kubeconfig.ts'
import { kindConfigurationOf, type PortMapping } from './configuration.ts'
import { createNode } from './create.ts'
import { fingerprintOf, readFingerprint, readKernelSettings, writeFingerprint } from './created.ts'
import { docker } from './engine.ts'
import { writeApiserverFiles, writeAuthentication } from './files.ts'
import { layGroundwork } from './groundwork.ts'
import { examineHost, inotifyObstacle, restoreKernelSettings } from './host.ts'
import { type KindInspection, inspectKind } from './inspect.ts'
import { engineEnvironment } from './keeper.ts'
import { engineName } from './layout.ts'
import { assertLocal } from './local-address.ts'
import { podImageOf } from './node-image.ts'
import { untilReady } from './ready.ts'
import { removeNode } from './remove.ts'

const readyWithinSeconds = 120

export interface KindOptions extends ExecutableOptions {
  /** The node image; without it the one that was made on this machine, else kind's own. */
  readonly image?: string
  /** Leaves the cluster running at the end, for the next start to use. */
  readonly keep?: boolean
  /** Leaves the node of a cluster that failed to start, to look into it. */
  readonly retain?: boolean
  /** Ports of the node, such as NodePorts, that this machine has too. */
  readonly portMappings?: readonly PortMapping[]
}

export interface KindProvider extends ClusterProvider {
  readonly start: (options: ClusterOptions) => Promise<KindCluster>
  /**
   * Makes the cluster's network before the cluster, and tells the address in it by which the API server reaches
   * listeners of this machine, such as an issuer. The network belongs to the supervisor, as the cluster will.
   *
   * @throws ClusterError `ERR_ENGINE`, also when the engine is on another machine; BinariesError
   */
  readonly network: (options: NetworkOptions) => Promise<{ readonly gateway: string }>
  /**
   * Tells what `start` would find, and changes nothing.
   *
   * @throws ClusterError `ERR_ENGINE`, as `start` would
   */
  readonly inspect: (
    options: Pick<ClusterOptions, 'name' | 'directory' | 'env' | 'signal'>,
  ) => Promise<KindInspection>
}

export type NetworkOptions = Pick<
  ClusterOptions,
  'name' | 'directory' | 'supervisor' | 'env' | 'signal' | 'onProgress'
>

export interface KindCluster extends Cluster {
  /** What kind calls it. */
  readonly kindName: string
  /** Replaces the AuthenticationConfiguration; the API server takes it up within some seconds, without a restart. */
  readonly setAuthentication: (authentication: object | undefined) => Promise<void>
}

/** A cluster of one node in a container of the Docker engine, with a real kubelet, made by kind. */
export function kindProvider(given: KindOptions = {}): KindProvider {
  const resolve = ({ env, signal, onProgress }: PrepareOptions) => {
    const { explicit, cacheDirectory } = given
    return resolveBinaries(['kind', 'kubectl'], {
      env,
      signal,
      ...(explicit ? { explicit } : {}),
      ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
      ...(onProgress ? { onProgress } : {}),
    })
  }
  return {
    name: 'kind',
    prepare: async (options) => {
      await resolve(options)
    },
    network: async (options) => {
      const { kind } = await resolve({ env: options.env, signal: options.signal })
      const { gateway } = await layGroundwork(kind.path, given, options, startClock(options.onProgress))
      await assertLocal(gateway)
      return { gateway }
    },
    inspect: ({ name, directory, env, signal }) => {
      const engine = { env: engineEnvironment(env), signal }
      return inspectKind(engine, { image: given.image, name: engineName(name, directory) })
    },
    start: async (options) => {
      checkOptions(options)
      const { kind, kubectl } = await resolve({ env: options.env, signal: options.signal })
      return startKind({ kind: kind.path, kubectl: kubectl.path, version: kind.version }, given, options)
    },
  }
}

interface Executables {
  readonly kind: string
  readonly kubectl: string
  readonly version: string
}

/** One cluster of this user is made at a time. */
async function lockCreation({ env, signal }: ClusterOptions, done: (message: string) => void) {
  const directory = cacheRoot(env)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const onWait = () => done('waiting for another cluster that is being made')
  return acquireLock(join(directory, 'kind.lock'), { signal, onWait })
}

/** The recipe: write what the node mounts, use the cluster that fits or create one, wait until it is of use. */
async function startKind(
  executables: Executables,
  given: KindOptions,
  options: ClusterOptions,
): Promise<KindCluster> {
  const { name, apiserver, authentication, supervisor, dependsOn = [], signal } = options
  const { retain = false, portMappings = [] } = given
  const done = startClock(options.onProgress)
  // From here on something may be left, and somebody is there to remove it.
  const ground = await layGroundwork(executables.kind, given, options, done)
  const { layout, engine, image, removal } = ground
  const { kind, name: engineWideName } = removal
  const authority = await openCertificateAuthority(layout.authority, { commonName: `${name} cluster` })
  await writeApiserverFiles(layout, authentication)

  // Else one would take for the machine's own what the kubelet of the other has just set.
  await using _lock = await lockCreation(options, done)
  const host = await examineHost(engine, image.name)
  // A record of an earlier start that was not removed is from before its kubelet changed them.
  const kernelSettings = { ...host.kernelSettings, ...(await readKernelSettings(layout.kernelSettings)) }
  const configuration = kindConfigurationOf({ layout, apiserver, portMappings, host })
  const fingerprint = fingerprintOf({
    configuration,
    image: image.id,
    kind: executables.version,
    authority: authority.certificatePem,
  })
  await supervisor.untilHealthy(dependsOn, signal)

  const server = `https://${reachableHost(apiserver.host)}:${apiserver.port}`
  const node = `${engineWideName}-control-plane`
  const complete = async () => {
    await restoreKernelSettings(engine, { node }, kernelSettings)
    const admin = await getKubeconfig(kind, { name: engineWideName, signal })
    await adminKubeconfigOf(admin, { name, server, file: layout.adminKubeconfig })
    await untilReady(executables.kubectl, layout, {
      withinSeconds: readyWithinSeconds,
      signal,
      onDone: (check) => done(`no longer waiting for ${check}`),
    })
  }
  const nodes = await getNodes(kind, { name: engineWideName, signal })
  if (nodes.length > 0 && (await readFingerprint(layout)) === fingerprint) {
    // After a restart of the engine or of the machine it may have ended.
    await docker(engine, 'start', node)
    await complete()
    done('the cluster that was there is ready')
  } else {
    if (nodes.length > 0) {
      await removeNode(removal, signal)
      done('the cluster of an earlier start is removed')
    }
    await untilPortIsFree(apiserver, { signal })
    await writePrivateFile(layout.kernelSettings, JSON.stringify(kernelSettings))
    const { logs } = layout
    const obstacle = inotifyObstacle(host.inotifyInstances)
    const creation = { removal, image: image.name, configuration, obstacle, logs, retain, signal, done }
    await createNode(creation, complete)
    await writeFingerprint(layout, fingerprint)
    done('the cluster is ready')
  }

  const credentials = { name, server, certificates: { cluster: authority } }
  return {
    kindName: engineWideName,
    server,
    certificateAuthority: authority.certificatePem,
    adminKubeconfig: layout.adminKubeconfig,
    auditLog: layout.auditLog,
    kubectl: executables.kubectl,
    podImage: await podImageOf(engine, image),
    exec: { available: true },
    kubeconfigFor: (identity) => kubeconfigForIdentity(layout, identity, credentials),
    setAuthentication: (next) => writeAuthentication(layout, next),
    [Symbol.asyncDispose]: async () => undefined,
  }
}
