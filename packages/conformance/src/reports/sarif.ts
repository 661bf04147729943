import type { Log, ReportingDescriptor, Result } from 'sarif'
import type { RunResult } from '../result.ts'
import { answersOf, cellSentence, changeOf, questionSentence } from './describe.ts'
import { locationOf } from './location.ts'

/** What code scanning can show; `help` says what to do about it. */
const RULES = {
  'access/wider-than-expected': {
    description: 'Somebody may do what the access spec says they may not.',
    help: 'Take the right away (the explanation names the binding), or say in the spec that it is wanted.',
    severity: '8.0',
  },
  'access/narrower-than-expected': {
    description: 'Somebody may not do what the access spec says they may.',
    help: 'Give the right (the explanation names the nearest role), or say in the spec that it is not wanted.',
    severity: '4.0',
  },
  'access/disagreement': {
    description: 'Two ways in answer the same question differently.',
    help: 'One of them decides wrongly: compare their answers by the Audit-ID (gatehouse why).',
    severity: '9.0',
  },
  'access/inconclusive': {
    description: 'A request had no answer from which one could tell whether it is allowed.',
    help: 'See the message: an error of the server, a timeout, or too many requests.',
    severity: '3.0',
  },
  'baseline/changed': {
    description: "Somebody's reach is not what the baseline says.",
    help: 'If it is wanted, accept it: gatehouse conformance --accept.',
    severity: '6.0',
  },
  'mutation/unnoticed': {
    description: 'A binding was changed, and no expectation failed: nobody would notice it.',
    help: 'Add a rule to the access spec that the change breaks.',
    severity: '5.0',
  },
} as const
type RuleId = keyof typeof RULES

/**
 * The run as SARIF 2.1.0 (OASIS), for code scanning: one result for each thing that is wrong. Paths are relative to
 * `root`, the repository. Pure.
 */
export function sarifReport(run: RunResult, root: string): string {
  const resultOf = (ruleId: RuleId, text: string, at: { rule?: string; key: string }): Result => {
    const { uri, line } = locationOf(at.rule ?? '', run.spec.file, root)
    const physicalLocation = {
      artifactLocation: { uri },
      // Code scanning wants a line; what has none is about the file as a whole.
      region: { startLine: line ?? 1 },
    }
    return {
      ruleId,
      level: ruleId === 'access/inconclusive' ? 'warning' : 'error',
      message: { text },
      locations: [{ physicalLocation }],
      // The same problem of the next run is the same alert, whatever line its rule has moved to.
      partialFingerprints: { 'gatehouseQuestion/v1': `${ruleId}: ${at.key}` },
    }
  }
  const cells = run.cells.flatMap((cell) => {
    const ruleId = ruleOf(cell.verdict, cell.actual.result)
    if (ruleId === undefined) return []
    const sentence = cellSentence(cell)
    const explanation = cell.explanation ? ` ${cell.explanation.text}` : ''
    return [resultOf(ruleId, `${sentence}: ${cell.why}.${explanation}`, { rule: cell.rule, key: sentence })]
  })
  const disagreements = run.disagreements.map((one) => {
    const sentence = questionSentence(one)
    return resultOf('access/disagreement', `${sentence}: ${answersOf(one)}.`, { key: sentence })
  })
  const changes = (run.baseline?.accepted ? [] : (run.baseline?.changes ?? [])).map((change) => {
    const key = `${questionSentence(change)}, by ${change.path}`
    return resultOf('baseline/changed', `${key}: ${changeOf(change)}.`, {
      rule: `${run.baseline!.file}:1`,
      key,
    })
  })
  const mutations = (run.mutations ?? [])
    .filter(({ noticed }) => !noticed)
    .map(({ id, description }) =>
      resultOf('mutation/unnoticed', `${description}: nothing failed.`, { key: id }),
    )
  const log: Log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'gatehouse', rules: Object.keys(RULES).map((id) => descriptorOf(id as RuleId)) },
        },
        automationDetails: { id: `gatehouse-conformance/${run.spec.name}/` },
        invocations: [
          {
            executionSuccessful: run.complete,
            startTimeUtc: run.startedAt,
            toolExecutionNotifications: run.missing.map((text) => ({ level: 'error', message: { text } })),
          },
        ],
        results: [...disagreements, ...cells, ...changes, ...mutations],
      },
    ],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

/** A cell that disagrees is told once, with all of its ways in. */
function ruleOf(verdict: string, result: string): RuleId | undefined {
  if (verdict === 'inconclusive') return 'access/inconclusive'
  if (verdict !== 'fail') return undefined
  return result === 'allowed' ? 'access/wider-than-expected' : 'access/narrower-than-expected'
}

function descriptorOf(id: RuleId): ReportingDescriptor {
  const { description, help, severity } = RULES[id]
  return {
    id,
    shortDescription: { text: description },
    help: { text: help },
    properties: { 'security-severity': severity, tags: ['security'] },
  }
}
