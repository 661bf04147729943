import { SIGNER } from './signer.ts'

const RBAC = 'rbac.authorization.k8s.io'

/**
 * The manifest of exactly what the generator needs at a cluster in order to issue, list and revoke credentials
 * that may do what `clusterRole` allows. RBAC can limit neither names that are not known yet nor whom a
 * certificate is for: whoever holds this identity can become an administrator, as whoever hands out admin
 * credentials can. It reads nothing else of the cluster.
 */
export function rights(user: string, clusterRole = 'cluster-admin') {
  const name = 'gatehouse-kubeconfig-generator'
  const certificates = 'certificates.k8s.io'
  return [
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        {
          apiGroups: [certificates],
          resources: ['certificatesigningrequests'],
          verbs: ['create', 'get', 'delete'],
        },
        { apiGroups: [certificates], resources: ['certificatesigningrequests/approval'], verbs: ['update'] },
        { apiGroups: [certificates], resources: ['signers'], resourceNames: [SIGNER], verbs: ['approve'] },
        { apiGroups: [RBAC], resources: ['clusterrolebindings'], verbs: ['create', 'list', 'delete'] },
        { apiGroups: [RBAC], resources: ['clusterroles'], resourceNames: [clusterRole], verbs: ['bind'] },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
    },
  ]
}
