import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { AuthorizationV1Api, KubeConfig, type V1SubjectAccessReviewSpec } from '@kubernetes/client-node'
import type { Cluster } from '@gatehouse/cluster'
import { type KubernetesObject, namespaceBindings, people } from '../src/index.ts'
import type { Place, Row } from './table.ts'

const NAMESPACES: Record<Place, string> = { cluster: '', own: 'demo', system: 'kube-system' }

/** One question to the API server, with the answer that the table gives. */
export interface Cell {
  readonly sentence: string
  readonly allowed: boolean
  readonly spec: V1SubjectAccessReviewSpec
}

/** Every verb with every resource of a row. */
export function cellsOf(row: Row): Cell[] {
  const person = people.find(({ persona }) => persona === row.persona)!
  const identity = { user: person.email, groups: [...person.groups, 'system:authenticated'] }
  const namespace = NAMESPACES[row.place]
  return row.verbs.flatMap((verb) =>
    row.resources.map((target) => ({
      sentence: `${person.email} ${verb} ${target} ${row.name ?? ''} in "${namespace}"`,
      allowed: row.allowed,
      spec: target.startsWith('/')
        ? { ...identity, nonResourceAttributes: { verb, path: target } }
        : {
            ...identity,
            resourceAttributes: {
              verb,
              namespace,
              ...attributesOf(target),
              ...(row.name ? { name: row.name } : {}),
            },
          },
    })),
  )
}

function attributesOf(target: string) {
  const [object = '', subresource] = target.split('/')
  const [resource = '', ...group] = object.split('.')
  return { resource, group: group.join('.'), ...(subresource ? { subresource } : {}) }
}

/** Asks the API server about every cell; returns the sentences on which it and the table disagree. */
export async function disagreements(cluster: Cluster, cells: readonly Cell[]): Promise<string[]> {
  const kubeconfig = new KubeConfig()
  kubeconfig.loadFromFile(cluster.adminKubeconfig)
  const authorization = kubeconfig.makeApiClient(AuthorizationV1Api)
  const wrong: string[] = []
  const queue = [...cells]
  const ask = async () => {
    for (let cell = queue.pop(); cell; cell = queue.pop()) {
      const review = await authorization.createSubjectAccessReview({
        body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: cell.spec },
      })
      const { allowed, evaluationError } = review.status!
      if (evaluationError || allowed !== cell.allowed) {
        wrong.push(`${cell.sentence}: ${allowed ? 'allowed' : 'denied'} ${evaluationError ?? ''}`.trim())
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, ask))
  return wrong.toSorted()
}

/** The RoleBindings that the permission-controller would keep in `namespace`. */
export function roleBindingsIn(namespace: string): KubernetesObject[] {
  return namespaceBindings().map(({ name, group, clusterRole }) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
  }))
}

/** Runs the real kubectl; rejects with what it printed. */
export async function kubectl(
  cluster: Cluster,
  args: readonly string[],
  kubeconfig = cluster.adminKubeconfig,
) {
  const { stdout } = await promisify(execFile)(cluster.kubectl, [`--kubeconfig=${kubeconfig}`, ...args], {
    env: { HOME: '/nonexistent' },
  })
  return stdout
}

/** Server-side apply, as a stack would do it. */
export async function apply(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const child = execFile(cluster.kubectl, [
    `--kubeconfig=${cluster.adminKubeconfig}`,
    'apply',
    '--server-side',
    '-f',
    '-',
  ])
  let errors = ''
  child.stderr!.on('data', (chunk: string) => {
    errors += chunk
  })
  child.stdin!.end(list)
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`kubectl apply ended with ${String(code)}: ${errors}`)
}
