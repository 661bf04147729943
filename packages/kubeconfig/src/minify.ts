import type { KubeconfigDocument } from './document.ts'
import { KubeconfigError } from './errors.ts'

/**
 * The document with what the context `name` needs, and nothing else, like `kubectl config view --minify`. Pure.
 *
 * @throws KubeconfigError `ERR_UNUSABLE_KUBECONFIG` when something of it is not there
 */
export function minifyKubeconfig(
  document: KubeconfigDocument,
  name: string = document['current-context'],
): KubeconfigDocument {
  if (name === '') throw unusable('it has no current-context; name a context')
  const contexts = document.contexts.filter((entry) => entry.name === name)
  const [chosen] = contexts
  if (!chosen) throw unusable(`it has no context ${JSON.stringify(name)}`)
  const { cluster, user } = chosen.context
  return {
    ...document,
    clusters: only(document.clusters, cluster, 'cluster'),
    users: only(document.users, user, 'user'),
    contexts,
    'current-context': name,
  }
}

/** A context may leave its cluster or its user open. */
function only<Entry extends { name: string }>(
  entries: readonly Entry[],
  name: string,
  what: string,
): Entry[] {
  const found = entries.filter((entry) => entry.name === name)
  if (found.length === 0 && name !== '') throw unusable(`it has no ${what} ${JSON.stringify(name)}`)
  return name === '' ? [] : found
}

function unusable(message: string): KubeconfigError {
  return new KubeconfigError('ERR_UNUSABLE_KUBECONFIG', `the kubeconfig can't be minified: ${message}`)
}
