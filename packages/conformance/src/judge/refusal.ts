import type { Question } from '../result.ts'

/** Who may not do what: the sentence with which the API server's authorizer refuses. */
interface Refusal {
  readonly user: string
  readonly verb: string
  readonly resource: string
  readonly group: string
  /** Empty at the cluster scope. */
  readonly namespace: string
  readonly path: string
}

/** `ForbiddenStatusError` of k8s.io/apiserver (pkg/endpoints/handlers/responsewriters/errors.go). */
const SENTENCE =
  /User "(?<user>(?:[^"\\]|\\.)*)" cannot (?<verb>\S+) (?:path "(?<path>[^"]*)"|resource "(?<resource>[^"]*)" in API group "(?<group>[^"]*)" (?:at the cluster scope|in the namespace "(?<namespace>[^"]*)"))/

/** The escalation check of roles and bindings (k8s.io/kubernetes/pkg/registry/rbac/escalation_check.go and validation). */
const ESCALATION = /is attempting to grant RBAC permissions not currently held/

/**
 * Who wrote a 403: the `authorizer` about this user and this question, somebody behind it, or the authorizer
 * about something else (`unrelated`, with what it said). Pure.
 */
export function whoRefused(
  message: string,
  question: Question,
  username: string,
): { by: 'authorizer' } | { by: 'other' } | { by: 'unrelated'; about: string; user: string } {
  const isOfRole = question.verb === 'bind' || question.verb === 'escalate'
  // Where the verb is what is missing, the check for escalation is the authorizer's no to it.
  if (isOfRole && ESCALATION.test(message)) return { by: 'authorizer' }
  const groups = SENTENCE.exec(message)?.groups
  if (!groups) return { by: 'other' }
  const { user = '', verb = '', resource = '', group = '', namespace = '', path = '' } = groups
  const refusal: Refusal = { user: unquote(user), verb, resource, group, namespace, path }
  // Impersonation asks for several rights, one after the other (KEP-5284), and the last no is what is said.
  const isAboutIt =
    question.verb === 'impersonate'
      ? verb.startsWith('impersonate')
      : refusalsFor(question).some((expected) => isSame(expected, refusal))
  if (refusal.user === username && isAboutIt) return { by: 'authorizer' }
  return { by: 'unrelated', about: SENTENCE.exec(message)![0], user: refusal.user }
}

type Sentence = Omit<Refusal, 'user'>

/** What the authorizer may say to a question: most have one sentence, some requests need several rights. */
function refusalsFor(question: Question): Sentence[] {
  const { verb, group, namespace, nonResourcePath } = question
  const resource = `${question.resource}${question.subresource === '' ? '' : `/${question.subresource}`}`
  if (nonResourcePath !== '') return [{ verb, resource: '', group: '', namespace: '', path: nonResourcePath }]
  // The namespace NAME counts as in itself, the name of one that is not there included.
  const isNamespace = group === '' && question.resource === 'namespaces'
  const own = { verb, resource, group, namespace: isNamespace ? '*' : namespace, path: '' }
  // A WebSocket begins with a GET; the API server asks for `create` as well.
  if (question.transport === 'websocket') return [own, { ...own, verb: 'create' }]
  // A role or binding is made by an update, which needs both.
  const written = { ...own, resource: verb === 'bind' ? resource.replace(/s$/, 'bindings') : resource }
  const inNamespace = { ...written, resource: written.resource.replace(/^cluster/, '') }
  if (verb === 'bind' || verb === 'escalate') {
    return ['update', 'create'].map((needed) => ({
      ...(namespace === '' ? written : inNamespace),
      verb: needed,
    }))
  }
  return [own]
}

function isSame(expected: Sentence, said: Sentence): boolean {
  return (
    expected.verb === said.verb &&
    expected.resource === said.resource &&
    expected.group === said.group &&
    expected.path === said.path &&
    (expected.namespace === '*' || expected.namespace === said.namespace)
  )
}

/** Go's `%q`, and the HTML escapes of the API server. */
function unquote(text: string): string {
  return text
    .replaceAll(/\\(["\\])/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
