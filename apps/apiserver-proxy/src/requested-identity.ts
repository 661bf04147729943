import { nameProblem } from '@gatehouse/authentication'
import type { RequestInfo, Subject } from '@gatehouse/authorization'
import { AUTHENTICATED } from './caller.ts'
import { Refusal } from './refusal.ts'

/** Whom a client asks to act as, and what it must be allowed for that. */
export interface RequestedIdentity {
  readonly subject: Subject
  /** One for each name that is taken; all of them must be allowed. */
  readonly permissions: readonly RequestInfo[]
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/
const UNAUTHENTICATED = 'system:unauthenticated'
const EXTRA = 'impersonate-extra-'

/**
 * Reads the Impersonate-* headers of a client (name, value, name, value…, in Latin-1 as Node gives them) as
 * `WithImpersonation` of k8s.io/apiserver does: the groups that a ServiceAccount has by itself, and
 * `system:authenticated` for everybody but `system:anonymous`, are added. Stricter in what two servers could
 * read in two ways. Pure.
 *
 * @throws Refusal `ERR_BAD_REQUEST`
 */
export function readRequestedIdentity(raw: readonly string[]): RequestedIdentity {
  let username: string | undefined
  let uid: string | undefined
  const groups: string[] = []
  const extra: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase()
    const value = textOf(raw[index]!, raw[index + 1]!)
    if (name === 'impersonate-user') username = only(raw[index]!, username, value)
    else if (name === 'impersonate-uid') uid = only(raw[index]!, uid, value)
    else if (name === 'impersonate-group') groups.push(value)
    else if (name.startsWith(EXTRA)) (extra[extraKey(name)] ??= []).push(value)
    else throw bad(`there is no header ${raw[index]}`)
  }
  if (username === undefined) throw bad('the request impersonates without an Impersonate-User')
  const subject = {
    username,
    groups: groupsOf(username, groups),
    extra,
    ...(uid === undefined ? {} : { uid }),
  }
  return { subject, permissions: permissionsFor({ username, uid, groups, extra }) }
}

function groupsOf(username: string, asked: readonly string[]): string[] {
  const [, namespace] = SERVICE_ACCOUNT.exec(username) ?? []
  const isBare = namespace !== undefined && asked.length === 0
  const groups = isBare ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] : [...asked]
  if (username === 'system:anonymous') {
    return groups.includes(UNAUTHENTICATED) ? groups : [...groups, UNAUTHENTICATED]
  }
  const isTold = groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED)
  return isTold ? groups : [...groups, AUTHENTICATED]
}

function permissionsFor(asked: {
  username: string
  uid: string | undefined
  groups: readonly string[]
  extra: Readonly<Record<string, readonly string[]>>
}): RequestInfo[] {
  const [, namespace, account] = SERVICE_ACCOUNT.exec(asked.username) ?? []
  const user =
    namespace === undefined || account === undefined
      ? permission({ resource: 'users', name: asked.username })
      : permission({ resource: 'serviceaccounts', namespace, name: account })
  const authentication = { apiGroup: 'authentication.k8s.io', apiVersion: 'v1' }
  return [
    user,
    ...asked.groups.map((name) => permission({ resource: 'groups', name })),
    ...(asked.uid === undefined
      ? []
      : [permission({ ...authentication, resource: 'uids', name: asked.uid })]),
    ...Object.entries(asked.extra).flatMap(([subresource, values]) =>
      values.map((name) => permission({ ...authentication, resource: 'userextras', subresource, name })),
    ),
  ]
}

function permission(asked: Partial<RequestInfo> & Pick<RequestInfo, 'resource' | 'name'>): RequestInfo {
  return {
    isResourceRequest: true,
    path: '',
    verb: 'impersonate',
    apiGroup: '',
    apiVersion: 'v1',
    namespace: '',
    subresource: '',
    fieldSelector: '',
    labelSelector: '',
    ...asked,
  }
}

/** The header's bytes as UTF-8. */
function textOf(header: string, latin1: string): string {
  let value: string
  try {
    value = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'))
  } catch (cause) {
    throw bad(`${header} is not UTF-8`, cause)
  }
  const problem = nameProblem(value)
  if (problem !== undefined) throw bad(`the value of ${header} ${problem}`)
  return value
}

/** Percent-encoded in the header's name, since keys hold slashes, and whatever else is not in lower case. */
function extraKey(name: string): string {
  let key: string
  try {
    key = decodeURIComponent(name.slice(EXTRA.length))
  } catch (cause) {
    throw bad(`the key in ${name} is not percent-encoded UTF-8`, cause)
  }
  const problem = nameProblem(key)
  if (problem !== undefined) throw bad(`the key in ${name} ${problem}`)
  return key
}

function only(header: string, earlier: string | undefined, value: string): string {
  if (earlier !== undefined) throw bad(`the request has two ${header} headers`)
  return value
}

const bad = (message: string, cause?: unknown) => new Refusal('ERR_BAD_REQUEST', message, { cause })
