import type { ProcessSpec } from '@gatehouse/supervisor'
import { apiserverProcess, reachableHost } from './apiserver.ts'
import type { Certificates } from './certificates.ts'
import { kubeconfigsOf } from './configuration.ts'
import { controllerManagerProcess } from './controller-manager.ts'
import { etcdProcess } from './etcd.ts'
import type { Executables } from './executables.ts'
import { kubeletEndpointProcess } from './kubelet-endpoint.ts'
import { type KwokSettings, kwokProcess } from './kwok.ts'
import type { Layout } from './layout.ts'
import type { InternalPorts } from './ports.ts'
import { schedulerProcess } from './scheduler.ts'

export interface ProcessSettings {
  readonly executables: Executables
  readonly layout: Layout
  readonly ports: InternalPorts
  readonly certificates: Certificates
  readonly apiserver: { readonly host: string; readonly port: number }
  /** Ports of more API servers on the same etcd. */
  readonly apiserverReplicaPorts: readonly number[]
  /** What the API server waits for, besides etcd. */
  readonly dependsOn: readonly string[]
  readonly kwok: KwokSettings
}

/** The processes of a cluster in the three groups in which they are started. */
export interface Processes {
  /** The API server and what it needs. */
  readonly api: readonly ProcessSpec[]
  /** They wait for the API server alone. */
  readonly controllers: readonly ProcessSpec[]
  /** kwok, which also waits for its rights and its node. */
  readonly node: readonly ProcessSpec[]
}

/** Pure. */
export function processesOf(settings: ProcessSettings): Processes {
  const { executables, layout, ports, certificates, apiserver, dependsOn, kwok } = settings
  const shared = { layout, ports, certificates }
  const kubeconfigs = kubeconfigsOf(layout)
  const kubeletEndpoint = kubeletEndpointProcess({
    command: kwok.node,
    layout,
    port: kwok.port,
    server: certificates.kubelet.server,
    client: certificates.kubelet.apiserver,
    apiserver: { host: reachableHost(apiserver.host), port: apiserver.port },
  })
  const apiserverSettings = {
    ...shared,
    ...apiserver,
    dependsOn,
    command: executables['kube-apiserver'].path,
  }
  return {
    api: [
      etcdProcess({ ...shared, ...certificates.etcd, command: executables.etcd.path }),
      apiserverProcess(apiserverSettings),
      ...settings.apiserverReplicaPorts.map((port, index) =>
        apiserverProcess({ ...apiserverSettings, port, number: index + 2 }),
      ),
      // It needs nobody, and is there when kwok is.
      ...(kwok.isolation.available ? [kubeletEndpoint] : []),
    ],
    controllers: [
      controllerManagerProcess({
        ...shared,
        command: executables['kube-controller-manager'].path,
        kubeconfig: kubeconfigs.controllerManager,
        server: certificates.controllerManager,
      }),
      schedulerProcess({
        ...shared,
        command: executables['kube-scheduler'].path,
        kubeconfig: kubeconfigs.scheduler,
        server: certificates.scheduler,
      }),
    ],
    node: [kwokProcess(kwok)],
  }
}
