import { AuthorizationError } from './errors.ts'
import { listOptions } from './list-options.ts'
import type { RequestTarget } from './request-target.ts'

/** What a request asks for; the fields and their values are those of Kubernetes' RequestInfo. */
export interface RequestInfo {
  readonly isResourceRequest: boolean
  readonly path: string
  /** For a non-resource request the method in lower case. */
  readonly verb: string
  readonly apiGroup: string
  readonly apiVersion: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  readonly fieldSelector: string
  readonly labelSelector: string
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/**
 * Tells what a request asks for, as `RequestInfoFactory` of k8s.io/apiserver
 * (pkg/endpoints/request/requestinfo.go) does with the API prefixes `api` and `apis`: the deprecated
 * `watch` and `proxy` prefixes, subresources of namespaces, list, watch and deletecollection, and the name
 * in a field selector included. Pure.
 *
 * @throws AuthorizationError `ERR_NO_RESOURCE` for a path that ends after `watch` or `proxy`
 */
export function requestInfo(method: string, { path, query }: RequestTarget): RequestInfo {
  const nonResource = (): RequestInfo => ({
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    apiGroup: '',
    apiVersion: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    fieldSelector: '',
    labelSelector: '',
  })
  let parts = splitPath(path)
  const [prefix = ''] = parts
  const hasGroup = prefix === 'apis'
  if (prefix !== 'api' && !hasGroup) return nonResource()
  if (parts.length < (hasGroup ? 4 : 3)) return nonResource()
  const apiGroup = hasGroup ? parts[1]! : ''
  const apiVersion = parts[hasGroup ? 2 : 1]!
  parts = parts.slice(hasGroup ? 3 : 2)

  const isVerbInPath = parts[0] === 'watch' || parts[0] === 'proxy'
  let verb = isVerbInPath ? parts[0]! : (VERBS[method] ?? '')
  if (isVerbInPath) {
    if (parts.length < 2) throw new AuthorizationError('ERR_NO_RESOURCE', `the path ends after "${verb}"`)
    parts = parts.slice(1)
  }

  let namespace = ''
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1]!
    const isOfNamespace = parts[2] === 'status' || parts[2] === 'finalize'
    if (parts.length > 2 && !isOfNamespace) parts = parts.slice(2)
  }
  const [resource = '', nameInPath = '', third = ''] = parts
  const subresource = verb === 'proxy' ? '' : third
  let name = nameInPath

  if (name === '' && verb === 'get') {
    const options = listOptions(query)
    verb = options.watch ? 'watch' : 'list'
    name = options.name ?? ''
  }
  if (name === '' && verb === 'delete') verb = 'deletecollection'

  const hasSelectors = !isVerbInPath && (verb === 'list' || verb === 'watch' || verb === 'deletecollection')
  const selector = (parameter: string) => (hasSelectors ? (query.get(parameter)?.[0] ?? '') : '')
  return {
    isResourceRequest: true,
    path,
    verb,
    apiGroup,
    apiVersion,
    namespace,
    resource,
    subresource,
    name,
    fieldSelector: selector('fieldSelector'),
    labelSelector: selector('labelSelector'),
  }
}

function splitPath(path: string): string[] {
  const end = path.endsWith('/') ? path.length - 1 : path.length
  return end <= 1 ? [] : path.slice(1, end).split('/')
}
