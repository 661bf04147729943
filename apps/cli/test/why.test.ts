import type { WhyReport } from '@gatehouse/stack/why'
import pc from 'picocolors'
import { expect, test } from 'vitest'
import { describeWhy } from '../src/terminal/why.ts'

const plain = pc.createColors(false)
const report: WhyReport = {
  auditId: 'id',
  time: '2026-11-25T18:00:00.000Z',
  user: { name: 'jane', groups: ['team'] },
  request: { line: 'GET /api/v1/pods', from: '127.0.0.1', attributes: { verb: 'list', resource: 'pods' } },
  proxy: { decision: 'denied', status: 403, reason: 'pods is forbidden', durationMs: 4.6 },
  apiserver: undefined,
  rbac: {
    allowed: false,
    bypassed: false,
    grants: [],
    dangling: [],
    nearest: [],
    nearMisses: [],
    sentences: ['jane may not list pods.', 'No role would allow it.'],
  },
  notes: ['Something else.'],
}

test('a story is a table, the decision, its reasons and the notes', () => {
  expect(describeWhy(report, plain)).toEqual([
    'Request     GET /api/v1/pods, from 127.0.0.1',
    'Audit-ID    id, 2026-11-25T18:00:00.000Z',
    'Who         jane (team)',
    'Proxy       denied, 403 after 5 ms: pods is forbidden',
    'API server  was not asked to do it, as far as its audit log says',
    '',
    'jane may not list pods.',
    '  No role would allow it.',
    '',
    '! Something else.',
  ])
})

test("the API server's answer names who asked in the user's name, and whether it goes on", () => {
  const apiserver = {
    decision: 'allowed' as const,
    reason: 'RBAC: …',
    status: 200,
    impersonator: 'proxy',
    isUnderWay: true,
  }
  expect(describeWhy({ ...report, proxy: undefined, apiserver }, plain).slice(3, 5)).toEqual([
    'Proxy       has no line of it',
    "API server  allowed, 200, still under way, asked by proxy in the user's name: RBAC: …",
  ])
  expect(describeWhy({ ...report, apiserver: null }, plain)[4]).toBe(
    'API server  its audit log can not be read',
  )
})

test('the decision has a colour on a terminal', () => {
  const colors = pc.createColors(true)
  expect(describeWhy(report, colors)).toContain(colors.red('jane may not list pods.'))
  const allowed = { ...report, rbac: { ...report.rbac!, allowed: true } }
  expect(describeWhy(allowed, colors)).toContain(colors.green('jane may not list pods.'))
})

test('what clients sent can not control the terminal, nor make lines', () => {
  const evil = '\u001B]0;title\u0007\u001B[2J\r\nAPI server  allowed\u009B1m\u2028'
  const lines = describeWhy(
    {
      ...report,
      auditId: evil,
      user: { name: evil, groups: [evil] },
      request: { line: evil, from: evil, attributes: undefined },
      proxy: { ...report.proxy!, reason: evil },
      rbac: { ...report.rbac!, sentences: [evil, evil] },
      notes: [evil],
    },
    plain,
  )
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  expect(lines.filter((line) => /[\u0000-\u001F\u007F-\u009F\u2028]/.test(line))).toEqual([])
  expect(lines).toHaveLength(10)
})
