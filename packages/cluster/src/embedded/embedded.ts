import type { Cluster, ClusterOptions, ClusterProvider } from '../provider.ts'
import { Api } from './api.ts'
import { reachableHost } from './apiserver.ts'
import { openCertificates } from './certificates.ts'
import { kubeconfigsOf, writeConfiguration } from './configuration.ts'
import { kubeconfigForIdentity } from './credentials.ts'
import { type ExecutableOptions, type Executables, executableResolver } from './executables.ts'
import type { KwokSettings } from './kwok.ts'
import { layoutOf, makeDirectories } from './layout.ts'
import { applyAccess, applyNode } from './objects.ts'
import { checkOptions } from './options.ts'
import { chooseInternalPorts, untilPortIsFree } from './ports.ts'
import { probePodCheck, removeProbePod } from './probe-pod.ts'
import { processesOf } from './processes.ts'
import { startClock } from './progress.ts'
import { clusterChecks, untilDone } from './ready.ts'
import { findIsolation } from './sandbox/isolation.ts'

const NODE = 'gatehouse-node'
const READY_WITHIN_MS = 60_000

export interface EmbeddedOptions extends ExecutableOptions {
  /** 'off': kubectl exec, attach and port-forward are refused, also where commands could be isolated. */
  readonly exec?: 'auto' | 'off'
  /** Ports for more API servers with the same data, as behind a load balancer; none when absent. */
  readonly apiserverReplicaPorts?: readonly number[]
}

/** A real control plane as child processes on loopback, with kwok as its one node. Needs no containers. */
export function embeddedProvider({
  exec = 'auto',
  apiserverReplicaPorts = [],
  ...given
}: EmbeddedOptions = {}): ClusterProvider {
  const resolve = executableResolver(given)
  return {
    name: 'embedded',
    prepare: async (options) => {
      await resolve(options)
    },
    start: async (options) => {
      checkOptions(options)
      const { env, signal } = options
      return startEmbedded(await resolve({ env, signal }), { exec, apiserverReplicaPorts }, options)
    },
  }
}

/** The recipe: choose, write, start in three groups, wait until a pod runs. */
async function startEmbedded(
  executables: Executables,
  { exec, apiserverReplicaPorts }: Required<Omit<EmbeddedOptions, keyof ExecutableOptions>>,
  options: ClusterOptions,
): Promise<Cluster> {
  const { name, apiserver, supervisor, signal } = options
  const done = startClock(options.onProgress)
  const layout = layoutOf(options.directory)
  await makeDirectories(layout)

  const certificatesReady = openCertificates(layout.pki, apiserver)
  const [ports, certificates, isolation] = await Promise.all([
    chooseInternalPorts(layout.ports, [apiserver.port, ...apiserverReplicaPorts]),
    certificatesReady,
    findIsolation({
      wanted: exec === 'auto',
      platform: process.platform,
      uid: process.getuid?.() ?? -1,
      path: options.env['PATH'] ?? '',
      directory: layout.kwokRoot,
      signal,
    }),
    untilPortIsFree(apiserver, { signal }),
  ])
    // Nothing is written any more once a start has failed: the caller may remove the directory.
    .catch(async (error: unknown) => {
      await certificatesReady.catch(() => undefined)
      throw error
    })
  const server = `https://${reachableHost(apiserver.host)}:${apiserver.port}`
  const credentials = { name, server, certificates }
  const kwok: KwokSettings = {
    command: executables.kwok.path,
    node: process.execPath,
    layout,
    isolation,
    nodeName: NODE,
    port: ports.kubelet,
    ...certificates.kubelet,
    apiserverPort: apiserver.port,
  }
  await writeConfiguration(layout, credentials, kwok, options.authentication)
  done('certificates and configuration are written')

  const processes = processesOf({
    executables,
    layout,
    ports,
    certificates,
    apiserver,
    apiserverReplicaPorts,
    dependsOn: options.dependsOn ?? [],
    kwok,
  })
  await supervisor.start(processes.api, signal)
  done('the API server is ready')

  using owned = new DisposableStack()
  const api = owned.use(new Api(server, certificates.clients.bootstrap))
  const failed = new AbortController()
  const limit = AbortSignal.any([signal, failed.signal])
  const startControllers = async () => {
    await supervisor.start(processes.controllers, limit)
    done('controller manager and scheduler are healthy')
  }
  const startNode = async () => {
    await Promise.all([applyAccess(api, limit), applyNode(api, NODE, ports.kubelet, limit)])
    await supervisor.start(processes.node, limit)
    done('kwok is healthy')
  }
  await Promise.all([
    startControllers(),
    startNode(),
    untilDone([...clusterChecks(api, NODE), probePodCheck(api)], {
      withinMs: READY_WITHIN_MS,
      signal: limit,
      onDone: (check) => done(`no longer waiting for ${check.name}`),
    }),
  ]).catch((error: unknown) => {
    // The others must not go on waiting for what cannot come.
    failed.abort(error)
    throw error
  })
  await removeProbePod(api, signal)
  done('the cluster is ready')

  const connections = owned.move()
  return {
    server,
    certificateAuthority: certificates.cluster.certificatePem,
    adminKubeconfig: kubeconfigsOf(layout).admin,
    auditLog: layout.auditLog,
    kubectl: executables.kubectl.path,
    exec: isolation.available ? { available: true } : isolation,
    kubeconfigFor: (identity) => kubeconfigForIdentity(layout, identity, credentials),
    [Symbol.asyncDispose]: async () => connections.dispose(),
  }
}
