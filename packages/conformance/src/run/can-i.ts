import type { Question } from '../result.ts'
import type { Api } from './api.ts'

type Attributes = Pick<
  Question,
  'verb' | 'group' | 'resource' | 'subresource' | 'namespace' | 'name' | 'nonResourcePath'
>

/**
 * What SelfSubjectAccessReview answers: what `kubectl auth can-i` prints. It is not trusted, it is compared.
 *
 * @throws Error where the review itself is refused
 */
export async function canI(api: Api, question: Attributes): Promise<boolean> {
  const { verb, group, resource, subresource, namespace, name, nonResourcePath } = question
  const spec =
    nonResourcePath === ''
      ? { resourceAttributes: { verb, group, resource, subresource, namespace, name } }
      : { nonResourceAttributes: { verb, path: nonResourcePath } }
  const { status, text } = await api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec,
  })
  if (status !== 201)
    throw new Error(`a SelfSubjectAccessReview was answered with ${status}: ${text.slice(0, 300)}`)
  return (JSON.parse(text) as { status?: { allowed?: boolean } }).status?.allowed === true
}

/**
 * Whether one review can stand for the question: a WebSocket needs two rights, and the verbs of roles and of
 * impersonation are refused by what comes before them, too.
 */
export function isAskable({ transport, verb }: Question): boolean {
  return transport !== 'websocket' && !['bind', 'escalate', 'impersonate'].includes(verb)
}
