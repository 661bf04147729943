import { isNamespaceName } from './build.ts'
import type { KubeconfigCluster, KubeconfigContext, KubeconfigDocument, KubeconfigUser } from './document.ts'

const PROXY_SCHEMES = new Set(['http:', 'https:', 'socks5:'])
/** The versions in which `interactiveMode` was optional. */
const WITHOUT_MODE = new Set([
  'client.authentication.k8s.io/v1alpha1',
  'client.authentication.k8s.io/v1beta1',
])
const INTERACTIVE_MODES = new Set(['Never', 'IfAvailable', 'Always'])

/**
 * What kubectl would refuse about a document that has the right types (client-go, tools/clientcmd/validation.go),
 * as sentences without secrets; files are not looked at. Pure.
 */
export function problemsOfKubeconfig(document: KubeconfigDocument): string[] {
  const current = document['current-context']
  const contextNames = new Set(document.contexts.map(({ name }) => name))
  return [
    ...(current === '' || contextNames.has(current)
      ? []
      : [`the current-context ${quoted(current)} is not among the contexts`]),
    ...document.contexts.flatMap(({ name, context }) => problemsOfContext(name, context, document)),
    ...document.users.flatMap(({ name, user }) => problemsOfUser(`the user ${quoted(name)}`, user)),
    ...document.clusters.flatMap(({ name, cluster }) =>
      problemsOfCluster(`the cluster ${quoted(name)}`, cluster),
    ),
  ]
}

function problemsOfContext(
  name: string,
  { cluster, user, namespace }: KubeconfigContext,
  { clusters, users }: KubeconfigDocument,
): string[] {
  const owner = `the context ${quoted(name)}`
  const missing = (what: string, wanted: string, entries: readonly { name: string }[]) => {
    if (wanted === '') return [`${owner} names no ${what}`]
    return entries.some((entry) => entry.name === wanted)
      ? []
      : [`the ${what} ${quoted(wanted)} of ${owner} is missing`]
  }
  return [
    ...(name === '' ? ['a context has an empty name'] : []),
    ...missing('user', user, users),
    ...missing('cluster', cluster, clusters),
    ...(namespace && !isNamespaceName(namespace) ? [`the namespace of ${owner} is not the name of one`] : []),
  ]
}

function problemsOfCluster(owner: string, cluster: KubeconfigCluster): string[] {
  const proxy = cluster['proxy-url']
  return [
    ...(cluster.server === '' ? [`${owner} has no server`] : []),
    ...(proxy && !PROXY_SCHEMES.has(URL.parse(proxy)?.protocol ?? '')
      ? [`the proxy-url of ${owner} is not an http, https or socks5 URL`]
      : []),
    ...both(owner, cluster, 'certificate-authority'),
  ]
}

function problemsOfUser(owner: string, user: KubeconfigUser): string[] {
  const has = (...fields: string[]) => fields.some((field) => isThere(user[field]))
  const certificate = has('client-certificate', 'client-certificate-data')
  return [
    ...(has('token') && has('username', 'password') ? [`${owner} has both a token and a password`] : []),
    ...(certificate ? [...both(owner, user, 'client-certificate'), ...both(owner, user, 'client-key')] : []),
    ...(certificate && !has('client-key', 'client-key-data')
      ? [`${owner} has a client certificate without its key`]
      : []),
    ...problemsOfExec(owner, user),
    ...(has('as-uid', 'as-groups', 'as-user-extra') && !has('as')
      ? [`${owner} impersonates a uid, groups or extras of nobody`]
      : []),
  ]
}

function problemsOfExec(owner: string, { exec, 'auth-provider': authProvider }: KubeconfigUser): string[] {
  if (!exec) return []
  const { command, apiVersion, env, interactiveMode } = exec
  const mode = interactiveMode || (WITHOUT_MODE.has(apiVersion ?? '') ? 'IfAvailable' : '')
  return [
    ...(authProvider ? [`${owner} has both an exec plugin and an auth-provider`] : []),
    ...(command === '' ? [`the exec plugin of ${owner} has no command`] : []),
    ...(apiVersion ? [] : [`the exec plugin of ${owner} has no apiVersion`]),
    ...(env?.some(({ name }) => name === '')
      ? [`a variable of the exec plugin of ${owner} has no name`]
      : []),
    ...(INTERACTIVE_MODES.has(mode)
      ? []
      : [`the interactiveMode of the exec plugin of ${owner} is not Never, IfAvailable or Always`]),
  ]
}

function both(owner: string, entry: Readonly<Record<string, unknown>>, field: string): string[] {
  return isThere(entry[field]) && isThere(entry[`${field}-data`])
    ? [`${owner} has both ${field} and ${field}-data`]
    : []
}

function isThere(value: unknown): boolean {
  if (typeof value !== 'object') return Boolean(value)
  return value !== null && Object.keys(value).length > 0
}

function quoted(name: string): string {
  return JSON.stringify(name)
}
