import type { Cell, RunResult } from '../result.ts'
import { cellSentence, changeOf, questionSentence } from './describe.ts'
import { type Element, xmlDocument } from './xml.ts'

/**
 * The run as JUnit XML: a suite for each way in and persona, a case for each cell; further suites for the baseline
 * and for mutations. An inconclusive cell is an error, and what nothing is expected of is skipped. Pure.
 */
export function junitReport(run: RunResult): string {
  const groups = Map.groupBy(run.cells, ({ path, persona }) => `${path}.${persona}`)
  const suites = [
    ...[...groups].map(([name, cells]) =>
      suite(
        name,
        cells.map((cell) => caseOf(name, cell)),
      ),
    ),
    ...baselineSuite(run),
    ...mutationSuite(run),
    ...(run.missing.length === 0
      ? []
      : [
          suite(
            'run',
            run.missing.map((text) => testCase('run', text, [verdict('error', 'missing', text, '')])),
          ),
        ]),
  ]
  return xmlDocument({
    name: 'testsuites',
    attributes: {
      name: `gatehouse conformance: ${run.spec.name}`,
      ...sums(suites),
      time: seconds(run.timings.totalMs),
      timestamp: run.startedAt,
    },
    children: suites,
  })
}

function caseOf(suiteName: string, cell: Cell): Element {
  const { durationMs } = cell.actual.evidence
  return testCase(suiteName, cellSentence(cell), outcomeOf(cell), durationMs)
}

function outcomeOf(cell: Cell): Element[] {
  if (cell.verdict === 'pass') return []
  if (cell.verdict === 'uncovered') {
    return [{ name: 'skipped', attributes: { message: `nothing is expected; was ${cell.actual.result}` } }]
  }
  const kind = cell.verdict === 'inconclusive' ? 'error' : 'failure'
  return [verdict(kind, cell.verdict, cell.why, detailsOf(cell))]
}

function detailsOf({ rule, explanation, actual: { evidence } }: Cell): string {
  const { request, status, message, auditId } = evidence
  return [
    `request: ${request}`,
    `answer: ${status ?? 'none'} ${message}`.trim(),
    ...(auditId === '' ? [] : [`Audit-ID: ${auditId}`]),
    ...(rule === '' ? [] : [`expected by: ${rule}`]),
    ...(explanation ? [explanation.text] : []),
  ].join('\n')
}

function baselineSuite({ baseline }: RunResult): Element[] {
  if (baseline === null || baseline.accepted || baseline.changes.length === 0) return []
  const cases = baseline.changes.map((change) =>
    testCase('baseline', `${questionSentence(change)}, by ${change.path}`, [
      verdict('failure', 'changed', changeOf(change), `against ${baseline.file}`),
    ]),
  )
  return [suite('baseline', cases)]
}

function mutationSuite({ mutations }: RunResult): Element[] {
  if (mutations === null || mutations.length === 0) return []
  const cases = mutations.map(({ noticed, description, object }) =>
    testCase(
      'mutations',
      description,
      noticed ? [] : [verdict('failure', 'unnoticed', 'nothing failed', object)],
    ),
  )
  return [suite('mutations', cases)]
}

function testCase(classname: string, name: string, children: Element[], durationMs = 0): Element {
  return { name: 'testcase', attributes: { classname, name, time: seconds(durationMs) }, children }
}

function verdict(name: 'failure' | 'error', type: string, message: string, details: string): Element {
  return { name, attributes: { type, message }, children: [details] }
}

function suite(name: string, cases: readonly Element[]): Element {
  const counts = {
    tests: cases.length,
    failures: count(cases, 'failure'),
    errors: count(cases, 'error'),
    skipped: count(cases, 'skipped'),
  }
  return { name: 'testsuite', attributes: { name, ...counts }, children: cases }
}

function sums(suites: readonly Element[]) {
  const sum = (key: string) => suites.reduce((total, { attributes }) => total + Number(attributes?.[key]), 0)
  return { tests: sum('tests'), failures: sum('failures'), errors: sum('errors'), skipped: sum('skipped') }
}

function count(cases: readonly Element[], name: string): number {
  return cases.filter(({ children }) =>
    children?.some((child) => typeof child !== 'string' && child.name === name),
  ).length
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}
