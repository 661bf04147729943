import type { KubeconfigDocument } from './document.ts'

const EMPTY: KubeconfigDocument = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [],
  users: [],
  contexts: [],
  'current-context': '',
}

/**
 * One document out of those of a KUBECONFIG list, as client-go merges them (tools/clientcmd/loader.go): the
 * first one that has an entry of a name wins with the whole entry, and so does the first current-context. Pure.
 */
export function mergeKubeconfigs(documents: readonly KubeconfigDocument[]): KubeconfigDocument {
  const extensions = firstOfEachName(documents.map((document) => document.extensions ?? []))
  return {
    ...EMPTY,
    ...Object.fromEntries(documents.toReversed().flatMap(Object.entries)),
    clusters: firstOfEachName(documents.map(({ clusters }) => clusters)),
    users: firstOfEachName(documents.map(({ users }) => users)),
    contexts: firstOfEachName(documents.map(({ contexts }) => contexts)),
    'current-context': documents.map((document) => document['current-context']).find(Boolean) ?? '',
    ...(extensions.length > 0 ? { extensions } : {}),
  }
}

function firstOfEachName<Entry extends { name: string }>(lists: readonly (readonly Entry[])[]): Entry[] {
  // A Map, since a name may be "__proto__".
  const found = new Map<string, Entry>()
  for (const entry of lists.flat()) {
    if (!found.has(entry.name)) found.set(entry.name, entry)
  }
  return [...found.values()]
}
