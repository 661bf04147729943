/** Which of a cluster's two files; the words are Palette's. */
export type ClusterFile = 'kubeconfig' | 'adminkubeconfig'

/** What a path stands for. */
export type Target =
  | { readonly kind: 'kube-config' }
  | { readonly kind: 'cluster'; readonly clusterId: string; readonly file: ClusterFile }

/** Letters, digits and `-`: nothing that a path, a file name, a log or YAML could read as something else. */
export const CLUSTER_ID = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

const CLUSTER_PATH = /^\/v1\/spectroclusters\/([^/]+)\/assets\/(kubeconfig|adminkubeconfig)$/

/** The target of a path, compared as it was sent: percent-encoding, `..` and `//` are other paths. Pure. */
export function targetOf(path: string): Target | undefined {
  if (path === '/kube-config') return { kind: 'kube-config' }
  const [, clusterId = '', file] = CLUSTER_PATH.exec(path) ?? []
  if (file === undefined || !CLUSTER_ID.test(clusterId)) return undefined
  return { kind: 'cluster', clusterId, file: file as ClusterFile }
}
