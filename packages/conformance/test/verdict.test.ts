import { describe, expect, test } from 'vitest'
import { auditProblem } from '../src/judge/audit.ts'
import { type AnsweredCell, judgeCells, totalsOf } from '../src/judge/verdict.ts'
import type { Cell, Result } from '../src/result.ts'
import type { AuditEvent } from '../src/run/audit-log.ts'
import { question } from './fixtures.ts'

function answered(path: string, result: Result, over: Partial<AnsweredCell> = {}): AnsweredCell {
  const evidence = {
    request: '',
    status: 200,
    reason: '',
    message: 'said so',
    auditId: '',
    audited: true,
    durationMs: 1,
    attempts: 1,
  }
  return {
    ...question(),
    path,
    expected: 'allowed',
    rule: '',
    actual: { result, evidence },
    canI: null,
    ...over,
  }
}

describe('verdicts', () => {
  const verdicts = (cells: readonly AnsweredCell[]) => judgeCells(cells).cells.map(({ verdict }) => verdict)
  test.each<[Cell['verdict'], AnsweredCell]>([
    ['pass', answered('direct', 'allowed')],
    ['fail', answered('direct', 'denied')],
    ['fail', answered('direct', 'refused')],
    ['fail', answered('direct', 'unauthenticated')],
    ['inconclusive', answered('direct', 'inconclusive')],
    ['inconclusive', answered('direct', 'inconclusive', { expected: null })],
    ['uncovered', answered('direct', 'allowed', { expected: null })],
    ['pass', answered('direct', 'refused', { expected: 'refused' })],
    // can-i knows nothing of what refuses behind the authorizer.
    ['pass', answered('direct', 'refused', { expected: 'refused', canI: true })],
    ['disagreement', answered('direct', 'allowed', { canI: false })],
  ])('%s: %o', (verdict, cell) => {
    expect(verdicts([cell])).toEqual([verdict])
  })

  test('two ways in that answer differently disagree, also where one is as expected', () => {
    const { cells, disagreements } = judgeCells([answered('direct', 'allowed'), answered('proxy', 'denied')])
    expect(cells.map(({ verdict }) => verdict)).toEqual(['disagreement', 'disagreement'])
    expect(cells[0]!.why).toBe('direct says allowed, proxy says denied: said so')
    expect(disagreements).toMatchObject([{ answers: [{ by: 'direct' }, { by: 'proxy' }] }])
  })

  test('an answer that is none disagrees with nobody', () => {
    expect(verdicts([answered('direct', 'allowed'), answered('proxy', 'inconclusive')])).toEqual([
      'pass',
      'inconclusive',
    ])
  })

  test('the sum counts each cell once', () => {
    const { cells } = judgeCells([
      answered('direct', 'allowed'),
      answered('proxy', 'allowed', { verb: 'list', expected: 'denied' }),
    ])
    expect(totalsOf(cells)).toEqual({
      cells: 2,
      pass: 1,
      fail: 1,
      disagreement: 0,
      inconclusive: 0,
      uncovered: 0,
    })
  })
})

describe('an answer counts only if the audit log of the API server bears it out', () => {
  const USER = 'dev@kyma.cx'
  const event = (over: Partial<AuditEvent> = {}): AuditEvent => ({
    requestURI: '/api/v1/namespaces/team/pods/x',
    user: USER,
    impersonatedUser: undefined,
    code: 200,
    decision: 'allow',
    ...over,
  })
  const proxied = (over: Partial<AuditEvent> = {}) =>
    event({ user: 'proxy', impersonatedUser: USER, ...over })
  const review = event({ user: 'proxy', requestURI: '/apis/authorization.k8s.io/v1/subjectaccessreviews' })
  const problem = (result: Result, isDirect: boolean, events: AuditEvent[], over = {}) =>
    auditProblem(result, question(over), USER, isDirect, events)

  test.each<[Result, boolean, AuditEvent[]]>([
    ['allowed', true, [event()]],
    ['denied', true, [event({ decision: 'forbid', code: 403 })]],
    ['allowed', false, [review, proxied()]],
    // A refusal of the proxy is there as its review.
    ['denied', false, [review]],
    ['refused', true, [event({ code: 403 })]],
    ['inconclusive', true, []],
  ])('%s, direct: %s, %o', (result, isDirect, events) => {
    expect(problem(result, isDirect, events)).toBeUndefined()
  })

  test.each<[Result, boolean, AuditEvent[], RegExp]>([
    ['allowed', true, [], /has no request with this Audit-ID/],
    ['denied', false, [], /has no request with this Audit-ID/],
    ['allowed', false, [review], /never got the request/],
    ['allowed', false, [proxied({ impersonatedUser: undefined })], /from "proxy" instead of "dev@kyma.cx"/],
    ['allowed', false, [proxied({ impersonatedUser: 'eve' })], /from "eve" instead of/],
    [
      'denied',
      false,
      [review, proxied({ impersonatedUser: 'eve', decision: 'forbid' })],
      /from "eve" instead of/,
    ],
    ['allowed', true, [event({ user: 'eve' })], /from "eve" instead of/],
    ['denied', true, [event()], /own decision was allow/],
    ['allowed', true, [event({ decision: 'forbid' })], /own decision was forbid/],
  ])('not %s, direct: %s, %o', (result, isDirect, events, message) => {
    expect(problem(result, isDirect, events)).toMatch(message)
  })
})
