import { dirname, join } from 'node:path'
import type { ProcessSpec } from '@gatehouse/supervisor'
import type { Certificates, Identity } from './certificates.ts'
import { answersOk } from './health.ts'
import type { Layout } from './layout.ts'
import { type InternalPorts, LOOPBACK } from './ports.ts'

/** Each costs time and memory at the start; these are what access control and simple workloads need. */
const controllers = [
  'clusterrole-aggregation-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'root-ca-certificate-publisher-controller',
  'namespace-controller',
  'garbage-collector-controller',
  'deployment-controller',
  'replicaset-controller',
  'job-controller',
  'endpointslice-controller',
  'certificatesigningrequest-signing-controller',
  'certificatesigningrequest-approving-controller',
  // Without it the taint that admission puts on a new node stays, and nothing is ever scheduled.
  'node-lifecycle-controller',
] as const

export interface ControllerManagerSettings {
  readonly command: string
  readonly layout: Layout
  readonly ports: InternalPorts
  readonly kubeconfig: string
  readonly server: Identity
  readonly certificates: Certificates
}

/** kube-controller-manager with the controllers that the harness needs. Pure. */
export function controllerManagerProcess(settings: ControllerManagerSettings): ProcessSpec {
  const { command, layout, ports, kubeconfig, server, certificates } = settings
  const authority = certificates.cluster.certificateFile
  return {
    name: 'kube-controller-manager',
    command,
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--bind-address=${LOOPBACK}`,
      `--secure-port=${ports.controllerManager}`,
      `--tls-cert-file=${server.certificateFile}`,
      `--tls-private-key-file=${server.keyFile}`,
      '--leader-elect=false',
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
      `--controllers=${controllers.join(',')}`,
      // system:kube-controller-manager itself may do little; each controller has a role of its own.
      '--use-service-account-credentials',
      `--service-account-private-key-file=${certificates.serviceAccounts.privateKeyFile}`,
      `--root-ca-file=${authority}`,
      `--cluster-signing-cert-file=${authority}`,
      `--cluster-signing-key-file=${join(dirname(authority), 'ca.key')}`,
      '--profiling=false',
    ],
    env: {},
    cwd: layout.directory,
    logFile: join(layout.logs, 'kube-controller-manager.log'),
    dependsOn: ['kube-apiserver'],
    isHealthy: (signal) =>
      answersOk({ port: ports.controllerManager, path: '/healthz', authorityFile: authority, signal }),
    stopWithinMs: 3_000,
  }
}
