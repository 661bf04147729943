import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml'
import type { KubeconfigDocument } from './document.ts'
import { stringifyValue } from './stringify.ts'

/** The lists of a kubeconfig, whose entries have names. */
export const LISTS = ['clusters', 'users', 'contexts'] as const

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Replaces and inserts the lines of the entries alone; undefined where the text has no lines for them. */
export function splice(
  text: string,
  wanted: KubeconfigDocument,
  addition: KubeconfigDocument,
): string | undefined {
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
    const [start, afterBlock] = pair.value.range
    // A block scalar goes on to the end of its last line.
    const end = start + text.slice(start, afterBlock).trimEnd().length
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
