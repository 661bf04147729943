import { type KubernetesObject, LABELS } from './kubernetes.ts'

/** Namespaces to try rights in: one with a workload, one for the namespace admin to do anything to. */
export const sampleNamespaces = ['demo', 'workshop'] as const

const labels = { ...LABELS, 'app.kubernetes.io/name': 'hello' }

/** Namespaces first, then what is in them. `image` is that of the workload, and serves port 80. */
export function samples(image = 'nginx:1.29'): KubernetesObject[] {
  return [
    ...sampleNamespaces.map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: LABELS },
    })),
    ...sampleNamespaces.flatMap((namespace) => settings(namespace)),
    deployment('demo', image),
    service('demo'),
  ]
}

function settings(namespace: string): (KubernetesObject & Record<string, unknown>)[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'hello', namespace, labels },
      data: { greeting: `hello from ${namespace}` },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hello', namespace, labels },
      type: 'Opaque',
      // An example; who can read this has the right to read secrets, which is the point of it.
      stringData: { password: 'not-a-secret' },
    },
  ]
}

function deployment(namespace: string, image: string): KubernetesObject & Record<string, unknown> {
  const selector = { 'app.kubernetes.io/name': 'hello' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'hello', namespace, labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: 'hello', image, ports: [{ name: 'http', containerPort: 80 }] }],
        },
      },
    },
  }
}

function service(namespace: string): KubernetesObject & Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'hello', namespace, labels },
    spec: {
      selector: { 'app.kubernetes.io/name': 'hello' },
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    },
  }
}
