import type { ReviewClient, SubjectAccessReviewSpec } from '@gatehouse/authorization'
import { type KubernetesObject, namespaceBindings, people } from '../src/index.ts'
import type { Place, Row } from './table.ts'

const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

const NAMESPACES: Record<Place, string> = { cluster: '', own: 'demo', system: 'kube-system' }

/** One question to the API server, with the answer that the table gives. */
export interface Cell {
  readonly sentence: string
  readonly allowed: boolean
  readonly spec: SubjectAccessReviewSpec
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
export async function disagreements(reviews: ReviewClient, cells: readonly Cell[]): Promise<string[]> {
  const wrong: string[] = []
  const queue = [...cells]
  const ask = async () => {
    for (let cell = queue.pop(); cell; cell = queue.pop()) {
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: cell.spec }
      const { allowed, evaluationError } = await reviews.create(REVIEWS, review)
      if (evaluationError || allowed !== cell.allowed) {
        const problem = evaluationError === undefined ? '' : JSON.stringify(evaluationError)
        wrong.push(`${cell.sentence}: ${allowed ? 'allowed' : 'denied'} ${problem}`.trim())
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
