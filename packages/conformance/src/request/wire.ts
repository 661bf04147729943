import { randomBytes } from 'node:crypto'
import type { PlannedQuestion } from '../plan/questions.ts'
import type { Question } from '../result.ts'

/** A request as it goes over the wire; credentials and the Audit-ID are the way in's to add. */
export interface WireRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly transport: Question['transport']
}

/** What a request needs to know of the run. */
export interface WireContext {
  /** The name of what is created and not stored, and of what is not there. */
  readonly name: string
  /** A running pod in each disposable namespace that has one. */
  readonly pods: ReadonlyMap<string, string>
}

const METHODS: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
}
const RBAC = 'rbac.authorization.k8s.io'
/** Nothing has this UID: a write to an object that is there fails its precondition, after it was authorized. */
export const NO_UID = '00000000-0000-0000-0000-000000000000'
const STREAMS: Readonly<Record<string, string>> = {
  exec: 'command=true&stdout=true',
  attach: 'stdout=true',
  portforward: 'ports=80',
}

/**
 * The smallest valid request that asks the API `question`. Nothing that it asks for is stored: it says
 * `dryRun=All` where that is served, is about an object that is not there or that has another UID, selects
 * nothing, or has a body that no decoder takes. Pure, but for the key of a WebSocket.
 */
export function wireRequest({ question, served }: PlannedQuestion, context: WireContext): WireRequest {
  const { nonResourcePath, verb } = question
  if (nonResourcePath !== '') return { ...plain('GET', nonResourcePath), headers: { accept: '*/*' } }
  if (verb === 'impersonate') return impersonation(question, context)
  if (verb === 'bind') return binding(question, context)
  if (verb === 'escalate') return escalation(question, context)
  if (!served) throw new Error(`nobody has said how to ask for ${verb} ${question.resource}`)
  const { group, version, resource, subresource } = served
  const isOfCollection =
    verb === 'list' ||
    verb === 'watch' ||
    verb === 'deletecollection' ||
    (verb === 'create' && subresource === '')
  const pod = STREAMS[subresource] === undefined ? undefined : context.pods.get(question.namespace)
  const name =
    question.name || pod || (isProxiedService(question) ? `${context.name}${NO_SERVICE}` : context.name)
  const path = [
    group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
    ...(served.namespaced && question.namespace !== '' ? [`namespaces/${question.namespace}`] : []),
    resource,
    ...(isOfCollection ? [] : [encodeURIComponent(name).replaceAll('%3A', ':')]),
    ...(subresource === '' ? [] : [subresource]),
  ].join('/')
  const isDry = served.dryRun.has(verb)
  const query = queryOf(question, isDry)
  const target = query === '' ? path : `${path}?${query}`
  if (question.transport !== 'http') return upgrade(question, target)
  const metadata = { name, ...(served.namespaced ? { namespace: question.namespace } : {}) }
  const method = METHODS[verb]
  if (method === undefined) throw new Error(`nobody has said how to ask for ${verb} ${resource}`)
  if (method === 'GET') return plain('GET', target)
  // What a proxied pod, service or node does with it is not ours to ask.
  if (subresource === 'proxy') return plain(method, target)
  if (verb === 'create') {
    const body = isDry && served.body ? { ...served.body, metadata } : undefined
    return { ...plain(method, target), ...json(body) }
  }
  if (verb === 'update') {
    const body = isDry && served.body ? { ...served.body, metadata: { ...metadata, uid: NO_UID } } : undefined
    return { ...plain(method, target), ...json(body) }
  }
  if (verb === 'patch') {
    const body = isDry ? { metadata: { uid: NO_UID } } : undefined
    return { ...plain(method, target), ...json(body, 'application/merge-patch+json') }
  }
  // With a body the API server does not look at the query (k8s.io/apiserver/pkg/endpoints/handlers/delete.go).
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', ...(isDry ? { dryRun: ['All'] } : {}) }
  if (verb === 'delete')
    return { ...plain(method, target), ...json({ ...options, preconditions: { uid: NO_UID } }) }
  return { ...plain(method, target), ...json(options) }
}

/** More parts than scheme, name and port have: 400. A service that is not there is 503, like one that is broken. */
const NO_SERVICE = ':a:b:c'

function isProxiedService({ group, resource, subresource }: Question): boolean {
  return group === '' && resource === 'services' && subresource === 'proxy'
}

/** Selects no object at all. */
const NOTHING = 'labelSelector=gatehouse.localhost%2Fconformance%3Dnothing'

function queryOf(question: Question, isDry: boolean): string {
  const { verb, subresource } = question
  const selector =
    question.name === '' ? '' : `fieldSelector=metadata.name%3D${encodeURIComponent(question.name)}`
  const parts = {
    list: ['limit=1', selector],
    // From what the API server remembers, and of nothing: it need not ask etcd, nor send what is there.
    watch: ['watch=true', 'timeoutSeconds=1', 'resourceVersion=0', NOTHING, selector],
    deletecollection: [NOTHING],
  }[verb] ?? [STREAMS[subresource] ?? '']
  return [...parts, isDry ? 'dryRun=All' : ''].filter((part) => part !== '').join('&')
}

function plain(method: string, target: string): WireRequest {
  return { method, target, headers: { accept: 'application/json' }, transport: 'http' }
}

/** Without a `value` a body that no decoder takes: the answer is 400, once the request was authorized. */
function json(value: object | undefined, type = 'application/json') {
  return {
    headers: { accept: 'application/json', 'content-type': type },
    body: value === undefined ? '{' : JSON.stringify(value),
  }
}

function upgrade({ transport, subresource }: Question, target: string): WireRequest {
  const isForward = subresource === 'portforward'
  if (transport === 'spdy') {
    const protocol = isForward ? 'portforward.k8s.io' : 'v4.channel.k8s.io'
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol }
    return { method: 'POST', target, headers, transport }
  }
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-protocol': isForward
      ? 'SPDY/3.1+portforward.k8s.io'
      : 'v5.channel.k8s.io, v4.channel.k8s.io',
  }
  return { method: 'GET', target, headers, transport }
}

/** Asks who one is as somebody else; whoever that is may ask it. */
function impersonation({ resource, namespace }: Question, { name }: WireContext): WireRequest {
  const asked = plain('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews')
  const user = resource === 'serviceaccounts' ? `system:serviceaccount:${namespace}:${name}` : name
  const { headers, body } = json({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })
  const group = resource === 'groups' ? { 'impersonate-group': name } : undefined
  return { ...asked, body, headers: { ...headers, 'impersonate-user': user, ...group } }
}

/**
 * Binds a role that gives everything, which nobody may who does not have everything or the verb. By an update,
 * which creates what is not there: unlike a creation it has a name, so no decision about another request is
 * remembered for it.
 */
function binding({ namespace }: Question, { name }: WireContext): WireRequest {
  const role = { apiGroup: RBAC, kind: 'ClusterRole', name: 'cluster-admin' }
  return putRbac(namespace, 'Binding', `${name}-bind`, { roleRef: role, subjects: [] })
}

/** Makes a role that gives everything. */
function escalation({ namespace }: Question, { name }: WireContext): WireRequest {
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
  return putRbac(namespace, '', `${name}-escalate`, { rules })
}

function putRbac(namespace: string, suffix: 'Binding' | '', name: string, content: object): WireRequest {
  const kind = `${namespace === '' ? 'ClusterRole' : 'Role'}${suffix}`
  const path = `${namespace === '' ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s/${name}`
  const body = { apiVersion: `${RBAC}/v1`, kind, metadata: { name }, ...content }
  return { ...plain('PUT', `/apis/${RBAC}/v1${path}?dryRun=All`), ...json(body) }
}
