import { startTestCluster } from '@gatehouse/cluster/test-cluster'
import { currentCluster, readKubeconfig } from '@gatehouse/kubeconfig'
import { vi } from 'vitest'
import { openConnections } from '../../src/cluster-connection.ts'
import {
  type ClusterConnection,
  createReviewClient,
  type Decision,
  reviewAccess,
  type ReviewClient,
} from '../../src/index.ts'
import type { RbacObjects, RbacUser } from '../../src/rbac/index.ts'
import type { Question } from './access.ts'
import { NAMESPACES } from './cases.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

/** A real API server whose authorizer can be asked. */
export interface TestCluster extends AsyncDisposable {
  readonly connection: ClusterConnection
  /** Creates roles and bindings; resolves when the authorizer knows of all of them. */
  readonly create: (objects: RbacObjects) => Promise<void>
  /** What the API server says to each question (SubjectAccessReview). */
  readonly ask: (questions: readonly Question[]) => Promise<Decision[]>
}

export async function startCluster(): Promise<TestCluster> {
  await using starting = new AsyncDisposableStack()
  const { cluster } = starting.use(await startTestCluster())
  const connection = await currentCluster(await readKubeconfig(cluster.adminKubeconfig))
  const reviews = starting.use(createReviewClient(connection))
  const { agent, headers } = openConnections(connection, { maxResponseBytes: 1 << 20, userAgent: 'test' })
  starting.defer(() => agent.destroy())

  const send = async (method: 'POST' | 'DELETE', path: string, object?: object): Promise<void> => {
    const response = await agent.request({
      origin: connection.server,
      path,
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: object === undefined ? null : JSON.stringify(object),
    })
    const answer = await response.body.text()
    if (response.statusCode >= 300) {
      throw new Error(`${method} ${path} ${JSON.stringify(object)}: ${response.statusCode} ${answer}`)
    }
  }
  const post: Post = (path, object) => send('POST', path, object)
  // With it, members of system:masters may do everything by RBAC as well, and the bypass would not show.
  await send('DELETE', `${RBAC}/clusterrolebindings/cluster-admin`)
  await Promise.all(
    NAMESPACES.map((name) =>
      post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    ),
  )
  const resources = starting.move()
  return {
    connection,
    create: async (objects) => {
      await createObjects(post, objects)
      await untilKnown(post, reviews)
    },
    ask: (questions) => inParallel(questions, (question) => review(reviews, question)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

type Post = (path: string, object: object) => Promise<void>

async function createObjects(post: Post, objects: RbacObjects): Promise<void> {
  const inCluster = (kind: string, resource: string, all: readonly object[]) =>
    all.map((object) => ({ path: `${RBAC}/${resource}`, object: { apiVersion: VERSION, kind, ...object } }))
  const inNamespaces = (
    kind: string,
    resource: string,
    all: readonly { readonly metadata: { readonly namespace: string } }[],
  ) =>
    all.map((object) => ({
      path: `${RBAC}/namespaces/${object.metadata.namespace}/${resource}`,
      object: { apiVersion: VERSION, kind, ...object },
    }))
  await inParallel(
    [
      ...inCluster('ClusterRole', 'clusterroles', objects.clusterRoles),
      ...inNamespaces('Role', 'roles', objects.roles),
      ...inCluster('ClusterRoleBinding', 'clusterrolebindings', objects.clusterRoleBindings),
      ...inNamespaces('RoleBinding', 'rolebindings', objects.roleBindings),
    ],
    ({ path, object }) => post(path, object),
  )
}

const VERSION = 'rbac.authorization.k8s.io/v1'
let sentinels = 0

/**
 * The authorizer watches each of the four kinds by itself, and in order: it knows of everything that was created
 * when it knows of one more object of each kind.
 */
async function untilKnown(post: Post, reviews: ReviewClient): Promise<void> {
  const name = `sentinel-${sentinels++}`
  const namespace = NAMESPACES[0]
  const rules = [{ apiGroups: [''], resources: ['sentinels'], verbs: ['get'] }]
  const bound = (kind: string, user: string) => ({
    subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
  })
  const users = { clusterWide: `${name}-wide`, inside: `${name}-inside` }
  await createObjects(post, {
    clusterRoles: [{ metadata: { name }, rules }],
    roles: [{ metadata: { name, namespace }, rules }],
    clusterRoleBindings: [{ metadata: { name }, ...bound('ClusterRole', users.clusterWide) }],
    roleBindings: [{ metadata: { name, namespace }, ...bound('Role', users.inside) }],
  })
  const isAllowed = async (user: string) => {
    const attributes = { verb: 'get', resource: 'sentinels', namespace }
    return (await review(reviews, { user: { name: user, groups: [] }, attributes })).allowed
  }
  const untilAllowed = (user: string) => vi.waitUntil(() => isAllowed(user), { timeout: 60_000 })
  await untilAllowed(users.clusterWide)
  await untilAllowed(users.inside)
}

function review(reviews: ReviewClient, { user, attributes }: Question): Promise<Decision> {
  return reviewAccess(reviews, { ...specOf(user), ...attributesOf(attributes) })
}

function specOf({ name, groups }: RbacUser) {
  return { user: name, groups }
}

function attributesOf(attributes: Question['attributes']) {
  if ('path' in attributes) return { nonResourceAttributes: attributes }
  const { apiGroup = '', ...rest } = attributes
  return { resourceAttributes: { ...rest, group: apiGroup } }
}

/** The results of `act`, in the order of `items`; not all at once, since the API server takes only so many. */
async function inParallel<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const work = async () => {
    for (const [index, item] of queue) results[index] = await act(item)
  }
  await Promise.all(Array.from({ length: 16 }, work))
  return results
}
