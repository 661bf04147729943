import {
  type ClusterConnection,
  createReviewClient,
  readRbacObjects,
  type ReviewClient,
} from '@gatehouse/authorization'
import { type Attributes, explain, rbacPolicy, type RbacUser } from '@gatehouse/authorization/rbac'

/** Somebody whose rights a test is about, with a credential of their own. */
export interface Persona extends AsyncDisposable {
  readonly name: string
  /** What the server says when the persona itself asks (SelfSubjectAccessReview). */
  readonly mayDo: (attributes: Attributes) => Promise<boolean>
  /** Why, in sentences, from the roles and bindings; empty where nobody was given who may read them. */
  readonly explain: (attributes: Attributes) => Promise<readonly string[]>
}

export interface PersonaOptions {
  readonly name: string
  /** The way in, with the persona's credential: the access proxy, or the API server itself. */
  readonly connection: ClusterConnection
  /** Somebody who may read all roles and bindings, to explain what the server says. */
  readonly administrator?: ClusterConnection
}

const READ_WITHIN_MS = 30_000

/** A persona of any cluster; it connects when it is asked first. */
export function openPersona({ name, connection, administrator }: PersonaOptions): Persona {
  const reviews = createReviewClient(connection)
  return {
    name,
    async mayDo(attributes) {
      const { allowed, denied } = await reviews.create(
        '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: specOf(attributes),
        },
      )
      return allowed === true && denied !== true
    },
    async explain(attributes) {
      if (administrator === undefined) return []
      const [user, objects] = await Promise.all([
        whoIs(reviews),
        readRbacObjects(administrator, AbortSignal.timeout(READ_WITHIN_MS)),
      ])
      return explain(rbacPolicy(objects), user, attributes).sentences
    },
    [Symbol.asyncDispose]: () => reviews[Symbol.asyncDispose](),
  }
}

function specOf(attributes: Attributes): object {
  if ('path' in attributes) return { nonResourceAttributes: attributes }
  const { apiGroup, ...rest } = attributes
  return { resourceAttributes: { ...rest, group: apiGroup } }
}

/** The names that bindings know the persona by. */
async function whoIs(reviews: ReviewClient): Promise<RbacUser> {
  const { userInfo } = await reviews.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
    spec: {},
  })
  const { username, groups = [] } = userInfo as { username: string; groups?: readonly string[] }
  return { name: username, groups }
}
