import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheRoot, resolveBinaries } from '@gatehouse/binaries'
import { acquireLock } from '@gatehouse/binaries/lock'
import { getKubeconfig, getNodes, type Kind } from '@gatehouse/kind'
import { openCertificateAuthority } from '@gatehouse/pki'
import { reachableHost } from '../embedded/apiserver.ts'
import { kubeconfigForIdentity } from '../embedded/credentials.ts'
import type { ExecutableOptions } from '../embedded/executables.ts'
import { checkOptions } from '../embedded/options.ts'
import { untilPortIsFree } from '../embedded/ports.ts'
import { writePrivateFile } from '../embedded/private-file.ts'
import { startClock } from '../embedded/progress.ts'
import type { Cluster, ClusterOptions, ClusterProvider, PrepareOptions } from '../provider.ts'
import { adminKubeconfigOf } from './admin-kubeconfig.ts'
import { kindConfigurationOf } from './configuration.ts'
import { createNode } from './create.ts'
import { fingerprintOf, readFingerprint, readKernelSettings, writeFingerprint } from './created.ts'
import { docker, type Engine, ensureNetwork } from './engine.ts'
import { writeApiserverFiles, writeAuthentication } from './files.ts'
import { examineHost, restoreKernelSettings } from './host.ts'
import { engineEnvironment, keeperProcess } from './keeper.ts'
import { engineName, layoutOf, makeDirectories } from './layout.ts'
import { obtainNodeImage } from './node-image.ts'
import { untilReady } from './ready.ts'
import { type Removal, removeNode } from './remove.ts'

const readyWithinSeconds = 120

export interface KindOptions extends ExecutableOptions {
  /** The node image; without it the one that was made on this machine, else kind's own. */
  readonly image?: string
  /** Leaves the cluster running at the end, for the next start to use. */
  readonly keep?: boolean
  /** Leaves the node of a cluster that failed to start, to look into it. */
  readonly retain?: boolean
}

export interface KindProvider extends ClusterProvider {
  /**
   * Makes the cluster's network before the cluster, and tells the address in it by which the API server reaches
   * listeners of this machine, such as an issuer.
   *
   * @throws ClusterError `ERR_ENGINE`
   */
  readonly network: (
    options: Pick<ClusterOptions, 'name' | 'directory' | 'env' | 'signal'>,
  ) => Promise<{ readonly gateway: string }>
}

export interface KindCluster extends Cluster {
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
    network: ({ name, directory, env, signal }) =>
      ensureNetwork({ env: engineEnvironment(env), signal }, engineName(name, directory)),
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
  { image: givenImage, keep = false, retain = false }: KindOptions,
  options: ClusterOptions,
): Promise<KindCluster> {
  const { name, directory, apiserver, authentication, supervisor, signal } = options
  const done = startClock(options.onProgress)
  const layout = layoutOf(directory)
  const engineWideName = engineName(name, directory)
  const kind: Kind = {
    path: executables.kind,
    env: { ...engineEnvironment(options.env), KIND_EXPERIMENTAL_DOCKER_NETWORK: engineWideName },
  }
  const engine: Engine = { env: kind.env, signal }
  await makeDirectories(layout)
  const authority = await openCertificateAuthority(layout.authority, { commonName: `${name} cluster` })
  await writeApiserverFiles(layout, authentication)

  const image = await obtainNodeImage(engine, givenImage, (missing) => done(`pulling ${missing}`))
  const removal: Removal = {
    kind,
    name: engineWideName,
    image: image.name,
    kubeconfig: layout.adminKubeconfig,
    created: layout.created,
    kernelSettings: layout.kernelSettings,
  }
  // Else one would take for the machine's own what the kubelet of the other has just set.
  await using _lock = await lockCreation(options, done)
  const host = await examineHost(engine, image.name)
  // A record of an earlier start that was not removed is from before its kubelet changed them.
  const kernelSettings = { ...host.kernelSettings, ...(await readKernelSettings(layout.kernelSettings)) }
  const configuration = kindConfigurationOf({ layout, apiserver, host })
  const fingerprint = fingerprintOf({
    configuration,
    image: image.id,
    kind: executables.version,
    authority: authority.certificatePem,
  })
  // From here on something may be left, so somebody must be there to remove it.
  if (!keep) await supervisor.start([await keeperProcess(layout, removal)], signal)
  await ensureNetwork(engine, engineWideName)

  const server = `https://${reachableHost(apiserver.host)}:${apiserver.port}`
  const node = `${engineWideName}-control-plane`
  const complete = async () => {
    await restoreKernelSettings(engine, image.name, kernelSettings)
    const admin = await getKubeconfig(kind, { name: engineWideName, signal })
    await adminKubeconfigOf(admin, { name, server, file: layout.adminKubeconfig })
    await untilReady(executables.kubectl, layout.adminKubeconfig, {
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
    await createNode({ removal, image: image.name, configuration, logs, retain, signal, done }, complete)
    await writeFingerprint(layout, fingerprint)
    done('the cluster is ready')
  }

  const credentials = { name, server, certificates: { cluster: authority } }
  return {
    server,
    certificateAuthority: authority.certificatePem,
    adminKubeconfig: layout.adminKubeconfig,
    auditLog: layout.auditLog,
    kubectl: executables.kubectl,
    exec: { available: true },
    kubeconfigFor: (identity) => kubeconfigForIdentity(layout, identity, credentials),
    setAuthentication: (next) => writeAuthentication(layout, next),
    [Symbol.asyncDispose]: async () => undefined,
  }
}
