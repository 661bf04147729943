import { EXEC_USER } from './sandbox/sandbox-command.ts'
import { sandboxPorts } from './sandbox/sockets.ts'
import { POD_CIDR } from './service-network.ts'
import { stages } from './stages.ts'

export interface KwokListeners {
  /** What the node tells the API server to dial. */
  readonly node: { readonly host: string; readonly port: number }
  /** Where kwok itself listens. */
  readonly serverAddress: string
  /** Where kwok's own files are, as it sees them. */
  readonly files: string
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string }
}

/** The file, next to the configuration, that stands for every container's log. */
export const CONTAINER_LOG = 'container.log'

/** In the format of the container runtime interface: time, stream, F for a full line. */
export const containerLog =
  '2024-01-01T00:00:00.000000000Z stdout F This pod runs on an embedded Gatehouse cluster: kwok plays the kubelet, no container runs.\n'

/**
 * kwok's configuration: a list of documents for one file. Exec, attach and port-forward are there only with
 * `commands`, that is in the sandbox: kwok runs what a client sends, as it is. Pure.
 */
export function kwokConfiguration(listeners: KwokListeners, { commands }: { commands: boolean }): object[] {
  const log = { logsFile: `${listeners.files}/${CONTAINER_LOG}` }
  return [
    {
      apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
      kind: 'KwokConfiguration',
      options: {
        manageAllNodes: true,
        nodeIP: listeners.node.host,
        nodePort: listeners.node.port,
        serverAddress: listeners.serverAddress,
        ...(listeners.tls
          ? { tlsCertFile: listeners.tls.certificateFile, tlsPrivateKeyFile: listeners.tls.keyFile }
          : {}),
        cidr: POD_CIDR,
        // A configuration without them means zero, not kwok's defaults.
        nodePlayStageParallelism: 4,
        podPlayStageParallelism: 4,
        nodeLeaseParallelism: 4,
        // With none, a pod that kwok sees before its node never runs; after a start with data it is a race.
        podsOnNodeSyncParallelism: 1,
        enableDebuggingHandlers: true,
        enableProfilingHandler: false,
        enableContentionProfiling: false,
        // A kwok that starts again would wait until the lease of the one before has run out: 40 s.
        nodeLeaseDurationSeconds: 0,
      },
    },
    ...stages,
    forEveryPod('ClusterLogs', { logs: [log] }),
    ...(commands ? [execInPods, forEveryPod('ClusterAttach', { attaches: [log] }), forwardToPods] : []),
  ]
}

const execInPods = forEveryPod('ClusterExec', {
  execs: [{ local: { workDir: '/tmp', securityContext: { runAsUser: EXEC_USER, runAsGroup: EXEC_USER } } }],
})

/** One fixed target, in the sandbox's own network, for every port of every pod. */
const forwardToPods = forEveryPod('ClusterPortForward', {
  forwards: [{ target: { address: '127.0.0.1', port: sandboxPorts.pod } }],
})

function forEveryPod(kind: string, spec: object): object {
  return { apiVersion: 'kwok.x-k8s.io/v1alpha1', kind, metadata: { name: 'every-pod' }, spec: { ...spec } }
}
