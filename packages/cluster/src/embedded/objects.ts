import type { Api, KubernetesObject } from './api.ts'
import { users } from './certificates.ts'
import { LOOPBACK } from './ports.ts'

const GROUP = 'rbac.authorization.k8s.io'
const roles = `/apis/${GROUP}/v1/clusterroles`
const bindings = `/apis/${GROUP}/v1/clusterrolebindings`

/** What kwok may do: follow nodes and pods, report on them, remove pods that are to be deleted. */
export const kwokRole: KubernetesObject = {
  apiVersion: `${GROUP}/v1`,
  kind: 'ClusterRole',
  metadata: { name: users.kwok },
  rules: [
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'delete'] },
    { apiGroups: [''], resources: ['nodes/status', 'pods/status'], verbs: ['patch', 'update'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
  ],
}

function binding(name: string, role: string, user: string): KubernetesObject {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: GROUP, kind: 'User', name: user }],
  }
}

/** The node that kwok plays. Its status is kwok's to write. */
function nodeObject(name: string, architecture: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': architecture,
      },
    },
  }
}

/** Gives the administrator and kwok their rights; kwok gives up for seconds when it starts without. */
export async function applyAccess(api: Api, signal: AbortSignal): Promise<void> {
  await Promise.all([
    api.apply(`${roles}/${users.kwok}`, kwokRole, signal),
    api.apply(`${bindings}/${users.kwok}`, binding(users.kwok, users.kwok, users.kwok), signal),
    api.apply(`${bindings}/${users.admin}`, binding(users.admin, 'cluster-admin', users.admin), signal),
  ])
}

/**
 * Registers the node, and tells the API server where its kubelet endpoint is now: kwok does so only for a
 * node that was not ready, and the port may have changed since the last start.
 */
export async function applyNode(api: Api, name: string, port: number, signal: AbortSignal): Promise<void> {
  const path = `/api/v1/nodes/${name}`
  await api.apply(path, nodeObject(name, kubernetesArchitecture(process.arch)), signal)
  const status = {
    addresses: [
      { type: 'InternalIP', address: LOOPBACK },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  }
  await api.write('PATCH', `${path}/status`, { status }, signal)
}

function kubernetesArchitecture(architecture: NodeJS.Architecture): string {
  return architecture === 'x64' ? 'amd64' : architecture
}
