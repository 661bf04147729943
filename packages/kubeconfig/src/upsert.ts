import { isDeepStrictEqual } from 'node:util'
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'
import type { KubeconfigDocument } from './document.ts'
import { KubeconfigError } from './errors.ts'
import { parseKubeconfig } from './parse.ts'
import { stringifyKubeconfig, stringifyValue } from './stringify.ts'

const LISTS = ['clusters', 'users', 'contexts'] as const

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

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Replaces and inserts the lines of the entries alone; undefined where the text has no lines for them. */
function splice(text: string, wanted: KubeconfigDocument, addition: KubeconfigDocument): string | undefined {
  const root = parseDocument(text).contents
  if (!isMap(root) || root.flow) return undefined
  const edits: Edit[] = []
  const missing: string[] = []
  for (const key of LISTS) {
    const pair = pairOf(root, key)
    if (!pair) {
      missing.push(`${key}:\n${addition[key].map((entry) => `${itemOf(entry, 0)}\n`).join('')}`)
      continue
    }
    const found = editList(text, pair, addition[key])
    if (!found) return undefined
    edits.push(...found)
  }
  const context = stringifyValue(wanted['current-context'])
  const pair = pairOf(root, 'current-context')
  if (!pair) missing.push(`current-context: ${context}\n`)
  else if (!isScalar(pair.value) || !pair.value.range) return undefined
  else if (pair.value.value !== wanted['current-context']) {
    const [start, end] = pair.value.range
    edits.push({ start, end, text: `${text[start - 1] === ':' ? ' ' : ''}${context}` })
  }
  const changed = edits
    .toSorted((a, b) => b.start - a.start)
    .reduce(
      (all, { start, end, text: replacement }) => all.slice(0, start) + replacement + all.slice(end),
      text,
    )
  if (missing.length === 0) return changed
  return `${changed}${changed.endsWith('\n') ? '' : '\n'}${missing.join('')}`
}

function editList(
  text: string,
  pair: Pair<Node, Node | null>,
  entries: readonly { name: string }[],
): Edit[] | undefined {
  const { key, value } = pair
  if (entries.length === 0) return []
  if (!key.range) return undefined
  if (isEmpty(value)) {
    const end = value?.range?.[1] ?? key.range[1]
    return [{ start: key.range[1], end, text: `:\n${entries.map((entry) => itemOf(entry, 0)).join('\n')}` }]
  }
  if (!isSeq(value) || value.flow) return undefined
  const edits: Edit[] = []
  const added: string[] = []
  const indent = columnOf(text, value.range![0])
  for (const entry of entries) {
    const old = value.items.find((item) => isMap(item) && item.get('name') === entry.name) as
      | YAMLMap
      | undefined
    if (!old) added.push(itemOf(entry, indent))
    else if (!isDeepStrictEqual(old.toJSON(), entry)) {
      const start = old.range![0]
      edits.push({ start, end: endOf(old), text: indented(stringifyValue(entry), columnOf(text, start)) })
    }
  }
  if (added.length > 0) {
    const end = endOfLine(text, endOf(value))
    edits.push({ start: end, end, text: `\n${added.join('\n')}` })
  }
  return edits
}

/** kubectl writes an empty list as null or []. */
function isEmpty(value: Node | null): boolean {
  return (
    value === null || (isScalar(value) && value.value === null) || (isSeq(value) && value.items.length === 0)
  )
}

function pairOf(root: YAMLMap, key: string): Pair<Node, Node | null> | undefined {
  const pair = root.items.find((item) => isScalar(item.key) && item.key.value === key)
  return pair as Pair<Node, Node | null> | undefined
}

/** The whole file from its parts, with its comments; undefined where an alias would lose its anchor. */
function writeAnew(text: string, wanted: KubeconfigDocument): string | undefined {
  const document = parseDocument(text)
  for (const key of [...LISTS, 'current-context'] as const)
    document.set(key, document.createNode(wanted[key]))
  return hasLostAnchor(document) ? undefined : document.toString({ lineWidth: 0 })
}

function hasLostAnchor(document: Document): boolean {
  let lost = false
  visit(document, { Alias: (_, alias) => void (lost ||= alias.resolve(document) === undefined) })
  return lost
}

function itemOf(entry: object, indent: number): string {
  return `${' '.repeat(indent)}- ${indented(stringifyValue(entry), indent + 2)}`
}

/** All lines but the first `indent` columns to the right. */
function indented(text: string, indent: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(indent)}`)
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

/** Where the last value below `node` ends; comments that follow belong to what comes next. */
function endOf(node: Node): number {
  const last = isMap(node)
    ? (node.items.at(-1)?.value as Node | undefined)
    : isSeq(node)
      ? (node.items.at(-1) as Node)
      : undefined
  const isBlock = (isMap(node) || isSeq(node)) && !node.flow
  return isBlock && last?.range ? endOf(last) : node.range![1]
}

/** The end of the line that holds the character before `offset`, with a comment there. */
function endOfLine(text: string, offset: number): number {
  if (text[offset - 1] === '\n') return offset - 1
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : text[end - 1] === '\r' ? end - 1 : end
}
