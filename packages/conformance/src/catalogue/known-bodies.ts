const container = { name: 'main', image: 'registry.k8s.io/pause:3.10' }
const labels = { app: 'conformance' }
const template = { metadata: { labels }, spec: { containers: [container] } }
const workload = { spec: { selector: { matchLabels: labels }, template } }
const jobTemplate = { spec: { ...template.spec, restartPolicy: 'Never' } }
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', name: 'conformance' }
const storage = { requests: { storage: '1Mi' } }
const question = { resourceAttributes: { verb: 'get', resource: 'pods' } }

/**
 * What objects of some kinds need beyond what their schema requires, by kind. Without these their requests are
 * authorized and then refused as invalid, or, for Bindings, fail in the API server.
 */
export const KNOWN_BODIES: Readonly<Record<string, object>> = {
  Binding: { target: { kind: 'Node', name: 'conformance' } },
  // Nothing has that name, so nobody is asked whether it may be given away.
  ClusterRoleBinding: { roleRef: { ...roleRef, kind: 'ClusterRole' } },
  CronJob: { spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: jobTemplate } } } },
  DaemonSet: workload,
  Deployment: workload,
  HorizontalPodAutoscaler: {
    spec: {
      maxReplicas: 1,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'conformance' },
    },
  },
  Ingress: { spec: { defaultBackend: { service: { name: 'conformance', port: { number: 80 } } } } },
  IngressClass: { spec: { controller: 'gatehouse.localhost/conformance' } },
  Job: { spec: { template: jobTemplate } },
  PersistentVolume: {
    spec: { accessModes: ['ReadWriteOnce'], capacity: storage.requests, hostPath: { path: '/conformance' } },
  },
  PersistentVolumeClaim: { spec: { accessModes: ['ReadWriteOnce'], resources: storage } },
  Pod: { spec: { containers: [container] } },
  PodTemplate: { template },
  ReplicaSet: workload,
  ReplicationController: { spec: { selector: labels, template } },
  RoleBinding: { roleRef: { ...roleRef, kind: 'Role' } },
  SelfSubjectAccessReview: { spec: question },
  SelfSubjectRulesReview: { spec: { namespace: 'default' } },
  Service: { spec: { ports: [{ port: 80 }] } },
  StatefulSet: { spec: { ...workload.spec, serviceName: 'conformance' } },
  SubjectAccessReview: { spec: { ...question, user: 'conformance' } },
}
