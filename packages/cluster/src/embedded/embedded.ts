import { join } from 'node:path'
import { type BinaryName, type ResolvedBinary, resolveBinaries } from '@gatehouse/binaries'
import type { Cluster, ClusterOptions, ClusterProvider, PrepareOptions } from '../provider.ts'
import { Api } from './api.ts'
import { apiserverProcess, reachableHost } from './apiserver.ts'
import { auditPolicy } from './audit-policy.ts'
import { authenticationConfiguration } from './authentication-configuration.ts'
import { openCertificates, users } from './certificates.ts'
import { controllerManagerProcess } from './controller-manager.ts'
import { kubeconfigForIdentity, writeCertificateKubeconfig } from './credentials.ts'
import { etcdProcess } from './etcd.ts'
import { kubeletEndpointProcess } from './kubelet-endpoint.ts'
import { type KwokSettings, kwokKubeconfig, kwokProcess, writeKwokFiles } from './kwok.ts'
import { layoutOf, makeDirectories } from './layout.ts'
import { applyAccess, applyNode } from './objects.ts'
import { checkOptions } from './options.ts'
import { chooseInternalPorts, LOOPBACK, untilPortIsFree } from './ports.ts'
import { writePrivateFile } from './private-file.ts'
import { probePodCheck, removeProbePod } from './probe-pod.ts'
import { startClock } from './progress.ts'
import { clusterChecks, untilDone } from './ready.ts'
import { findIsolation } from './sandbox/isolation.ts'
import { schedulerProcess } from './scheduler.ts'

const executables = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kwok',
] as const satisfies readonly BinaryName[]

type Executables = Record<(typeof executables)[number], ResolvedBinary>

const NODE = 'gatehouse-node'
const READY_WITHIN_MS = 60_000

export interface EmbeddedOptions {
  /** Executables that must be taken, instead of looking for them. */
  readonly explicit?: Readonly<Partial<Record<BinaryName, string>>>
  readonly cacheDirectory?: string
}

/** A real control plane as child processes on loopback, with kwok as its one node. Needs no containers. */
export function embeddedProvider(options: EmbeddedOptions = {}): ClusterProvider {
  let resolved: Promise<Executables> | undefined
  const resolve = async ({ env, signal, onProgress }: PrepareOptions): Promise<Executables> => {
    const attempt = resolveBinaries(executables, {
      env,
      signal,
      ...options,
      ...(onProgress ? { onProgress } : {}),
    })
    resolved ??= attempt
    // What failed or was interrupted is looked for again.
    attempt.catch(() => (resolved = undefined))
    return attempt
  }
  return {
    name: 'embedded',
    prepare: async (prepareOptions) => {
      await resolve(prepareOptions)
    },
    start: async (clusterOptions) => {
      const { env, signal } = clusterOptions
      return startEmbedded(await (resolved ?? resolve({ env, signal })), clusterOptions)
    },
  }
}

async function startEmbedded(binaries: Executables, options: ClusterOptions): Promise<Cluster> {
  checkOptions(options)
  const { name, directory, apiserver, supervisor, signal } = options
  const done = startClock(options.onProgress)
  const layout = layoutOf(directory)
  await makeDirectories(layout)

  const [ports, certificates, isolation] = await Promise.all([
    chooseInternalPorts(layout.ports, [apiserver.port]),
    openCertificates(layout.pki, apiserver),
    findIsolation({
      platform: process.platform,
      uid: process.getuid?.() ?? -1,
      path: options.env['PATH'] ?? '',
      directory: layout.kwokRoot,
      signal,
    }),
    untilPortIsFree(apiserver, { signal }),
  ])
  const host = reachableHost(apiserver.host)
  const server = `https://${host}:${apiserver.port}`
  const credentials = { name, server, certificates }
  const kubeconfig = (file: string, user: string, client: keyof typeof certificates.clients, at = server) =>
    writeCertificateKubeconfig(file, user, certificates.clients[client], { ...credentials, server: at })
  const { kubeconfigs } = layout
  const [admin, controllerManager, scheduler] = await Promise.all([
    kubeconfig(join(kubeconfigs, 'admin.yaml'), users.admin, 'admin'),
    kubeconfig(join(kubeconfigs, 'controller-manager.yaml'), 'controller-manager', 'controllerManager'),
    kubeconfig(join(kubeconfigs, 'scheduler.yaml'), 'scheduler', 'scheduler'),
    kubeconfig(kwokKubeconfig(layout), 'kwok', 'kwok', `https://${LOOPBACK}:${apiserver.port}`),
    writePrivateFile(layout.auditPolicy, JSON.stringify(auditPolicy)),
    writePrivateFile(
      layout.authenticationConfiguration,
      JSON.stringify(authenticationConfiguration(options.authentication)),
    ),
  ])
  done('certificates and configuration')

  const shared = { layout, ports, certificates }
  const kwok: KwokSettings = {
    command: binaries.kwok.path,
    node: process.execPath,
    layout,
    isolation,
    nodeName: NODE,
    port: ports.kubelet,
    server: certificates.kubelet.server,
    client: certificates.kubelet.apiserver,
    apiserverPort: apiserver.port,
  }
  await supervisor.start(
    [
      etcdProcess({
        ...shared,
        command: binaries.etcd.path,
        server: certificates.etcd.server,
        client: certificates.etcd.apiserver,
      }),
      apiserverProcess({
        ...shared,
        command: binaries['kube-apiserver'].path,
        host: apiserver.host,
        port: apiserver.port,
        dependsOn: options.dependsOn ?? [],
      }),
      ...(isolation.available
        ? [
            kubeletEndpointProcess({
              command: process.execPath,
              layout,
              port: ports.kubelet,
              server: kwok.server,
              client: kwok.client,
              apiserver: { host, port: apiserver.port },
            }),
          ]
        : []),
    ],
    signal,
  )
  done('the API server is ready')

  const api = new Api(server, certificates.clients.bootstrap)
  const startNode = async () => {
    await Promise.all([
      applyAccess(api, signal),
      applyNode(api, NODE, ports.kubelet, signal),
      writeKwokFiles(kwok),
    ])
    await supervisor.start([kwokProcess(kwok)], signal)
    done('kwok is healthy')
  }
  const startControllers = async () => {
    await supervisor.start(
      [
        controllerManagerProcess({
          ...shared,
          command: binaries['kube-controller-manager'].path,
          kubeconfig: controllerManager,
          server: certificates.controllerManager,
        }),
        schedulerProcess({
          ...shared,
          command: binaries['kube-scheduler'].path,
          kubeconfig: scheduler,
          server: certificates.scheduler,
        }),
      ],
      signal,
    )
    done('controller manager and scheduler are healthy')
  }
  await Promise.all([
    startControllers(),
    startNode(),
    untilDone([...clusterChecks(api, NODE), probePodCheck(api)], {
      withinMs: READY_WITHIN_MS,
      signal,
      onDone: (check) => done(`no longer waiting for ${check.name}`),
    }),
  ])
  await removeProbePod(api, signal)
  done('ready')

  return {
    server,
    certificateAuthority: certificates.cluster.certificatePem,
    adminKubeconfig: admin,
    auditLog: layout.auditLog,
    kubectl: binaries.kubectl.path,
    exec: isolation.available ? { available: true } : isolation,
    kubeconfigFor: (identity) => kubeconfigForIdentity(layout, identity, credentials),
    [Symbol.asyncDispose]: async () => api[Symbol.dispose](),
  }
}
