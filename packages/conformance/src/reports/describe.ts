import { describeAttributes } from '@gatehouse/authorization/rbac'
import {
  type BaselineDiff,
  type Cell,
  type Disagreement,
  exitCodeOf,
  type Question,
  type RunResult,
} from '../result.ts'

/** What a question is about: `deployments.apps/scale "web"`, or a path. Pure. */
export function targetOf({ group, resource, subresource, name, nonResourcePath }: Question): string {
  if (nonResourcePath !== '') return nonResourcePath
  const part = subresource === '' ? '' : `/${subresource}`
  const which = name === '' ? '' : ` "${name}"`
  return `${resource}${group === '' ? '' : `.${group}`}${part}${which}`
}

/** `developer: list pods in the namespace "demo"`. Pure. */
export function questionSentence(question: Question): string {
  const { persona, verb, group, resource, subresource, namespace, name, nonResourcePath, transport } =
    question
  const attributes =
    nonResourcePath === ''
      ? { verb, apiGroup: group, resource, subresource, namespace, name }
      : { verb, path: nonResourcePath }
  const by = transport === 'http' ? '' : ` over ${TRANSPORTS[transport]}`
  return `${persona}: ${describeAttributes(attributes)}${by}`
}

const TRANSPORTS = { websocket: 'WebSocket', spdy: 'SPDY' } as const

/** The question with its way in: `developer: list pods in the namespace "demo", by proxy`. Pure. */
export function cellSentence(cell: Cell): string {
  return `${questionSentence(cell)}, by ${cell.path}`
}

/** `proxy allowed, can-i denied`. Pure. */
export function answersOf({ answers }: Disagreement): string {
  return answers.map(({ by, result }) => `${by} ${result}`).join(', ')
}

/** `denied → allowed`. Pure. */
export function changeOf({ before, after }: BaselineDiff['changes'][number]): string {
  return `${before ?? 'unknown'} → ${after ?? 'gone'}`
}

/**
 * The cells that fail a run by themselves, the worst first. Disagreements are no property of one cell, and stand
 * in the result's own list. Pure.
 */
export function problemsOf({ cells }: RunResult): Cell[] {
  return [
    ...cells.filter(({ verdict }) => verdict === 'fail'),
    ...cells.filter(({ verdict }) => verdict === 'inconclusive'),
  ]
}

/** Whether everything is as it should be: what the exit code 0 means. Pure. */
export function isGood(result: RunResult): boolean {
  return exitCodeOf(result) === 0
}

/** `12 cells: 10 pass, 2 fail, …`. Pure. */
export function totalsSentence({ totals }: RunResult): string {
  const { cells, ...verdicts } = totals
  const parts = Object.entries(verdicts)
    .filter(([verdict, count]) => count > 0 || verdict === 'pass' || verdict === 'fail')
    .map(([verdict, count]) => `${formatNumber(count)} ${verdict}`)
  return `${counted(cells, 'cell')}: ${parts.join(', ')}`
}

/** `3 of 4 mutations were noticed (75 %)`; undefined when there were none. Pure. */
export function mutationScore({ mutations }: RunResult): string | undefined {
  if (mutations === null || mutations.length === 0) return undefined
  const noticed = mutations.filter((mutation) => mutation.noticed).length
  // Rounded down, so that only all of them are 100 %.
  const percent = Math.floor((noticed / mutations.length) * 100)
  return `${noticed} of ${mutations.length} mutations were noticed (${percent} %)`
}

/** With separators that a reader of any language takes for such. Pure. */
export function formatNumber(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** `1 cell`, `2 cells`. Pure. */
export function counted(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`
}
