import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { expect, test } from 'vitest'
import { REPORTS } from '../../src/reports/index.ts'
import { EVIL, goodRun, runOf } from './run.ts'

interface Suite {
  readonly name: string
  readonly tests: string
  readonly failures: string
  readonly errors: string
  readonly skipped: string
  readonly testcase: readonly Case[]
}

interface Case {
  readonly classname: string
  readonly name: string
  readonly failure?: { readonly type: string; readonly message: string; readonly text: string }
  readonly error?: { readonly type: string; readonly message: string; readonly text: string }
  readonly skipped?: unknown
}

function parse(xml: string): { suites: readonly Suite[]; sums: Omit<Suite, 'testcase'> } {
  expect(XMLValidator.validate(xml)).toBe(true)
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    textNodeName: 'text',
    isArray: (name) => name === 'testsuite' || name === 'testcase',
  })
  const { testsuites } = parser.parse(xml) as {
    testsuites: Omit<Suite, 'testcase'> & { testsuite: readonly Suite[] }
  }
  return { suites: testsuites.testsuite, sums: testsuites }
}

test('there is a case for each cell, in a suite for each way in and persona', () => {
  const run = runOf()
  const { suites, sums } = parse(REPORTS.junit(run))
  expect(suites.map(({ name }) => name)).toEqual([
    'direct.admin',
    'proxy.admin',
    'direct.viewer',
    'proxy.viewer',
    'kubectl.admin',
    'baseline',
    'mutations',
  ])
  const cases = suites.flatMap(({ testcase }) => testcase)
  expect(cases).toHaveLength(run.cells.length + 4)
  expect(sums).toMatchObject({ tests: String(cases.length), failures: '5', errors: '1', skipped: '1' })
  for (const suite of suites) {
    expect(suite.tests).toBe(String(suite.testcase.length))
    expect(suite.failures).toBe(String(suite.testcase.filter(({ failure }) => failure).length))
  }
})

test('a failure says what was expected, what was answered, and why', () => {
  const { suites } = parse(REPORTS.junit(runOf()))
  const cases = suites.flatMap(({ testcase }) => testcase)
  const failure = cases.find((one) => one.failure?.type === 'fail')
  expect(failure).toMatchObject({
    classname: 'direct.viewer',
    name: 'viewer: get secrets in the namespace "kube-system", by direct',
    failure: { message: 'expected denied, is allowed: plain' },
  })
  for (const line of [
    'Audit-ID: audit-1',
    'expected by: kyma.yaml:12',
    'ClusterRoleBinding "plain" gives it.',
  ]) {
    expect(failure?.failure?.text).toContain(line)
  }
  expect(cases.filter(({ error }) => error).map(({ name }) => name)).toEqual([
    'admin: create pods/exec "web" in the namespace "demo" over WebSocket, by proxy',
  ])
})

test('a good run has no failure, and one that is not complete has an error', () => {
  const run = goodRun()
  expect(parse(REPORTS.junit(run)).sums).toMatchObject({ failures: '0', errors: '0' })
  const { suites } = parse(REPORTS.junit({ ...run, complete: false, missing: ['the cluster went away'] }))
  expect(suites.at(-1)).toMatchObject({ name: 'run', errors: '1' })
})

test('what others named is text, and the document stays well-formed', () => {
  const { suites } = parse(REPORTS.junit(runOf(EVIL)))
  const names = suites.flatMap(({ testcase }) => testcase).map(({ name }) => name)
  // NUL, ESC and half a surrogate pair are no characters of XML.
  expect(names.join('\n')).toContain(
    '</script><script>alert(1)</script><img src=x onerror=alert(1)> & "quoted"',
  )
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  expect(REPORTS.junit(runOf(EVIL))).not.toMatch(/[\u0000\u001B]/)
})
