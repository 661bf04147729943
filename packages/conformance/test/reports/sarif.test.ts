// The schema of the OASIS standard, as Microsoft's SDK holds it.
import schema from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' }
import Ajv04 from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import type { Log, Result } from 'sarif'
import { expect, test } from 'vitest'
import { REPORTS } from '../../src/reports/index.ts'
import { EVIL, goodRun, runOf } from './run.ts'

const ajv = new Ajv04.default({ strict: false, allErrors: true, unicodeRegExp: false })
addFormats.default(ajv)
const isValid = ajv.compile(schema)

function sarif(run: Parameters<typeof REPORTS.sarif>[0]): { log: Log; results: readonly Result[] } {
  const log = JSON.parse(REPORTS.sarif(run, { root: '/repository' })) as Log
  // The report names the errata's schema; the one of the package insists on its own name.
  expect([isValid({ ...log, $schema: undefined }), isValid.errors]).toEqual([true, null])
  return { log, results: log.runs[0]!.results! }
}

test('the schema refuses what is no SARIF, so that the tests below mean something', () => {
  expect(isValid({ version: '2.1.0' })).toBe(false)
  expect(isValid({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x' } }, results: [{}] }] })).toBe(
    false,
  )
})

test('there is one result for each thing that is wrong, at its rule in the spec', () => {
  const { results } = sarif(runOf())
  expect(
    results.map(({ ruleId, locations }) => {
      const { artifactLocation, region } = locations![0]!.physicalLocation!
      return [ruleId, `${artifactLocation!.uri}:${region!.startLine}`]
    }),
  ).toEqual([
    ['access/disagreement', 'specs/kyma.yaml:1'],
    ['access/wider-than-expected', 'specs/kyma.yaml:12'],
    ['access/inconclusive', 'specs/kyma.yaml:12'],
    ['baseline/changed', 'baseline.yaml:1'],
    ['baseline/changed', 'baseline.yaml:1'],
    ['mutation/unnoticed', 'specs/kyma.yaml:1'],
  ])
  expect(results[1]!.message.text).toBe(
    'viewer: get secrets in the namespace "kube-system", by direct: expected denied, is allowed: plain. ClusterRoleBinding "plain" gives it.',
  )
})

test('each result has a rule that is described, and a fingerprint of its own', () => {
  const { log, results } = sarif(runOf())
  const rules = new Set(log.runs[0]!.tool.driver.rules!.map(({ id }) => id))
  expect(results.filter(({ ruleId }) => !rules.has(ruleId!))).toEqual([])
  const prints = results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints))
  expect(new Set(prints).size).toBe(prints.length)
})

test('a fingerprint stays when the rule moves to another line', () => {
  const run = runOf()
  const moved = { ...run, cells: run.cells.map((cell) => ({ ...cell, rule: 'kyma.yaml:99' })) }
  const printsOf = (one: typeof run) => sarif(one).results.map((result) => result.partialFingerprints)
  expect(printsOf(moved)).toEqual(printsOf(run))
})

test('a good run has no results, and one that is not complete was not successful', () => {
  expect(sarif(goodRun()).results).toEqual([])
  const { log } = sarif({ ...goodRun(), complete: false, missing: ['the cluster went away'] })
  expect(log.runs[0]!.invocations![0]).toMatchObject({
    executionSuccessful: false,
    toolExecutionNotifications: [{ message: { text: 'the cluster went away' } }],
  })
})

test('a spec outside of the repository is named by its URL, and whatever names hold stays valid', () => {
  const run = { ...runOf(EVIL), spec: { name: EVIL, file: '/else where/a#b.yaml', digest: '' } }
  const { results } = sarif(run)
  expect(results[0]!.locations![0]!.physicalLocation!.artifactLocation!.uri).toBe(
    'file:///else%20where/a%23b.yaml',
  )
})
