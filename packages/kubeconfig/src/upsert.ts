import { isDeepStrictEqual } from 'node:util'
import { type Document, parseDocument, visit } from 'yaml'
import type { KubeconfigDocument } from './document.ts'
import { KubeconfigError } from './errors.ts'
import { parseKubeconfig } from './parse.ts'
import { LISTS, splice } from './splice-entries.ts'
import { printDocument, quoteStrings, stringifyKubeconfig } from './stringify.ts'

/**
 * `document` with the entries of `addition`, which replace those of the same name. Its current-context counts
 * where there was none, or with `use`. Pure.
 */
export function upsertEntries(
  document: KubeconfigDocument,
  addition: KubeconfigDocument,
  { use }: { use: boolean },
): KubeconfigDocument {
  const upsert = <Entry extends { name: string }>(
    list: readonly Entry[],
    added: readonly Entry[],
  ): Entry[] => {
    const changes = new Map(added.map((entry) => [entry.name, entry]))
    const old = new Set(list.map(({ name }) => name))
    return [
      ...list.map((entry) => changes.get(entry.name) ?? entry),
      ...added.filter(({ name }) => !old.has(name)),
    ]
  }
  const current = document['current-context']
  return {
    ...document,
    clusters: upsert(document.clusters, addition.clusters),
    users: upsert(document.users, addition.users),
    contexts: upsert(document.contexts, addition.contexts),
    'current-context': use || current === '' ? addition['current-context'] : current,
  }
}

/**
 * The same with the text of a file. Every character outside of the entries that change stays: comments, order,
 * indentation, quotes. Where the text can't be changed in place (JSON, flow style) the file is written anew,
 * with its comments. Pure.
 *
 * @throws KubeconfigError `ERR_INVALID_KUBECONFIG`; `ERR_UNUSABLE_KUBECONFIG` when neither says what it should
 */
export function upsertIntoText(
  text: string,
  addition: KubeconfigDocument,
  { use, source = 'the kubeconfig' }: { use: boolean; source?: string },
): string {
  if (isBlank(text))
    return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${stringifyKubeconfig(addition)}`
  const wanted = upsertEntries(parseKubeconfig(text, source), addition, { use })
  for (const write of [splice, writeAnew]) {
    const changed = write(text, wanted, addition)
    if (changed !== undefined && means(changed, wanted)) return changed
  }
  throw new KubeconfigError(
    'ERR_UNUSABLE_KUBECONFIG',
    `${source} is written in a way that can't be changed safely (YAML anchors?); merge the new file yourself, or name another one`,
  )
}

/** Whether nothing but comments is there. */
export function isBlank(text: string): boolean {
  return text.replaceAll(/^\s*(?:#.*)?$/gm, '').trim() === ''
}

/** Whether a reader finds in `text` what it should, and nothing else. */
function means(text: string, wanted: KubeconfigDocument): boolean {
  try {
    return isDeepStrictEqual(parseKubeconfig(text), parseKubeconfig(stringifyKubeconfig(wanted)))
  } catch (error) {
    if (error instanceof KubeconfigError) return false
    throw error
  }
}

/** The whole file from its parts, with its comments; undefined where an alias would lose its anchor. */
function writeAnew(text: string, wanted: KubeconfigDocument): string | undefined {
  const document = parseDocument(text)
  for (const key of [...LISTS, 'current-context'] as const) {
    const node = document.createNode(wanted[key])
    quoteStrings(node)
    document.set(key, node)
  }
  return hasLostAnchor(document) ? undefined : printDocument(document)
}

function hasLostAnchor(document: Document): boolean {
  let lost = false
  visit(document, { Alias: (_, alias) => void (lost ||= alias.resolve(document) === undefined) })
  return lost
}
