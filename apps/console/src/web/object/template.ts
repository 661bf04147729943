import type { KubernetesObject } from '../api/objects.ts'
import { apiVersionOf, type ResourceType } from '../api/resource-type.ts'

const labels = { app: 'example' }
const pod = { containers: [{ name: 'example', image: 'nginx:1.29' }] }

/** What a new object of a kind usually holds. */
const BODIES: Readonly<Record<string, object>> = {
  ConfigMap: { data: { key: 'value' } },
  Secret: { type: 'Opaque', stringData: { key: 'value' } },
  Pod: { spec: pod },
  Deployment: {
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
  },
  Job: { spec: { template: { spec: { ...pod, restartPolicy: 'Never' } } } },
  Service: { spec: { selector: labels, ports: [{ port: 80, targetPort: 80 }] } },
  Role: { rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }] },
  ClusterRole: { rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] }] },
  RoleBinding: {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'example' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'somebody@example.com' }],
  },
  ClusterRoleBinding: {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'somebody@example.com' }],
  },
}

/** An object of the type to start from. Pure. */
export function templateOf(type: ResourceType, namespace: string | undefined): KubernetesObject {
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: { name: 'example', ...(type.namespaced ? { namespace: namespace ?? 'default' } : {}) },
    ...BODIES[type.kind],
  }
}
