import type { KindConfiguration } from '@gatehouse/kind'
import { stringify } from 'yaml'
import { RARE_COLLECTIONS } from '../go-runtime.ts'
import type { Host } from './host.ts'
import type { Layout } from './layout.ts'

/** A port of the node that is also one of the engine's machine. */
export interface PortMapping {
  readonly containerPort: number
  readonly hostPort: number
  /** Loopback when absent. */
  readonly listenAddress?: string
  /** TCP when absent. */
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP'
}

export interface ConfigurationSettings {
  readonly layout: Layout
  readonly apiserver: {
    readonly host: string
    readonly port: number
    readonly extraNames?: readonly string[]
  }
  readonly portMappings: readonly PortMapping[]
  readonly host: Pick<Host, 'cgroupVersion' | 'hasSysResource'>
}

/** Where the node sees the folders of `Layout`. */
const inNode = { apiserver: '/etc/kubernetes/gatehouse', audit: '/var/log/gatehouse' } as const

/** The kind cluster: one node, with our authority, AuthenticationConfiguration and audit log. Pure. */
export function kindConfigurationOf(settings: ConfigurationSettings): KindConfiguration {
  const { layout, apiserver, portMappings, host } = settings
  const isOldCgroup = host.cgroupVersion === 1
  const kubeadm = [
    clusterConfiguration(apiserver),
    // A kubelet refuses version 1 since Kubernetes 1.35 unless it is told not to.
    ...(isOldCgroup ? [{ kind: 'KubeletConfiguration', failCgroupV1: false }] : []),
  ]
  return {
    networking: { apiServerAddress: apiserver.host, apiServerPort: apiserver.port },
    nodes: [
      {
        role: 'control-plane',
        extraMounts: [
          { hostPath: layout.apiserver, containerPath: inNode.apiserver, readOnly: true },
          { hostPath: layout.audit, containerPath: inNode.audit },
          // kubeadm keeps an authority that it finds, so that identities outlive the cluster.
          ...['ca.crt', 'ca.key'].map((name) => ({
            hostPath: `${layout.authority}/${name}`,
            containerPath: `/etc/kubernetes/pki/${name}`,
            readOnly: true,
          })),
        ],
        ...(portMappings.length === 0
          ? {}
          : { extraPortMappings: portMappings.map((one) => ({ listenAddress: '127.0.0.1', ...one })) }),
        kubeadmConfigPatches: kubeadm.map((patch) => stringify(patch)),
      },
    ],
    containerdConfigPatches: [
      rareStatistics,
      // Without the capability nothing may get a lower OOM score than its parent, and no pod would start.
      ...(host.hasSysResource ? [] : [restrictOomScore]),
    ],
  }
}

/**
 * As often as the kubelet asks for them. containerd 2.4 by itself reads them of every container once a second, which takes
 * a quarter of all that a node with thirty pods does.
 */
const rareStatistics = '[plugins."io.containerd.cri.v1.runtime"]\n  stats_collect_period = "10s"\n'

const restrictOomScore = '[plugins."io.containerd.grpc.v1.cri"]\n  restrict_oom_score_adj = true\n'

function clusterConfiguration({ host, extraNames = [] }: ConfigurationSettings['apiserver']): object {
  const args = {
    'authentication-config': `${inNode.apiserver}/authentication.yaml`,
    'audit-policy-file': `${inNode.apiserver}/audit-policy.yaml`,
    'audit-log-path': `${inNode.audit}/audit.log`,
  }
  const extraEnvs = argumentsOf(RARE_COLLECTIONS)
  return {
    kind: 'ClusterConfiguration',
    // As an embedded cluster has it: data outlives the process, not a power cut.
    etcd: { local: { extraArgs: argumentsOf({ 'unsafe-no-fsync': 'true' }), extraEnvs } },
    apiServer: {
      // The list replaces kind's own, which holds the first two.
      certSANs: [...new Set(['localhost', '127.0.0.1', host, ...extraNames])].filter(
        (name) => !isWildcard(name),
      ),
      extraArgs: argumentsOf(args),
      extraEnvs,
      extraVolumes: Object.entries(inNode).map(([name, path]) => ({
        name: `gatehouse-${name}`,
        hostPath: path,
        mountPath: path,
        readOnly: name === 'apiserver',
        pathType: 'Directory',
      })),
    },
  }
}

/** As kubeadm has arguments and variables. */
function argumentsOf(values: Readonly<Record<string, string>>) {
  return Object.entries(values).map(([name, value]) => ({ name, value }))
}

function isWildcard(name: string): boolean {
  return name === '0.0.0.0' || name === '::'
}
