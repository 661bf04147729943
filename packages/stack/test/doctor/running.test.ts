import type { ProcessState } from '@gatehouse/supervisor'
import { expect, test } from 'vitest'
import type { StackState } from '../../src/doctor/context.ts'
import { fileSkew, judgeSkew, skewOfAnswer } from '../../src/doctor/clock.ts'
import { judgeListenerOf, judgeWantedPort } from '../../src/doctor/ports.ts'
import type { PortState } from '../../src/doctor/port-holder.ts'
import { judgeProcesses, judgeStack } from '../../src/doctor/processes.ts'
import { stateDirectory } from '../../src/state-directory.ts'

const stack = { name: 'two' }
const held = (pid: number | undefined, ancestry: number[] = []): PortState => ({
  state: 'held',
  holder: { pid, command: 'nginx -g', uid: 33, ancestry },
})
const unknown = (uid: number | undefined): PortState => ({
  state: 'held',
  holder: { pid: undefined, command: undefined, uid, ancestry: [] },
})

test.each<[PortState, string, RegExp]>([
  [{ state: 'forbidden' }, 'warning', /may not listen there/],
  [
    held(7),
    'warning',
    /taken by process 7 \(nginx -g\); "gatehouse up --name two" falls back to a free port/,
  ],
  [unknown(33), 'warning', /taken by a process of the user with uid 33/],
  [unknown(undefined), 'warning', /taken by another process/],
])('a wanted port that is %j is %s', (found, level, message) => {
  expect(judgeWantedPort({ name: 'dex', port: 5556, found }, stack)).toMatchObject({
    level,
    message: expect.stringMatching(message),
    remedy: expect.stringContaining('ports.dex'),
  })
})

test('a wanted port that is free needs no remedy', () => {
  expect(judgeWantedPort({ name: 'dex', port: 5556, found: { state: 'free' } }, stack)).toEqual({
    level: 'ok',
    message: 'dex 5556 is free',
  })
})

const owner = (processes: { name: string; pid: number | undefined }[]) => ({ pid: 100, processes })
const dex = owner([{ name: 'dex', pid: 101 }])

test.each<[string, ReturnType<typeof owner>, PortState, string, RegExp]>([
  ['held by its process', dex, held(101, [101, 100, 1]), 'ok', /held by this stack/],
  ['held by a stranger', dex, held(7, [7, 1]), 'error', /process 7 \(nginx -g\) is there instead of dex/],
  ['held by nobody', dex, { state: 'free' }, 'error', /dex runs \(process 101\), but does not listen/],
  ['held by somebody unknown', dex, unknown(undefined), 'ok', /does not tell/],
  ['free, of a service that is left out', owner([]), { state: 'free' }, 'ok', /has no dex/],
  [
    'held by a service run by hand',
    owner([{ name: 'dex', pid: undefined }]),
    held(7),
    'ok',
    /not this stack's to run/,
  ],
  [
    'free, of a service run by hand',
    owner([{ name: 'dex', pid: undefined }]),
    { state: 'free' },
    'warning',
    /does not listen/,
  ],
])('a port of a running stack that is %s', (_, owned, found, level, message) => {
  expect(judgeListenerOf(owned, { name: 'dex', port: 5556, found }, stack)).toMatchObject({
    level,
    message: expect.stringMatching(message),
  })
})

const healthy: ProcessState = {
  name: 'dex',
  phase: 'healthy',
  pid: 7,
  restarts: 0,
  startedAt: 1,
  healthyAt: 2,
  lastExit: undefined,
  logFile: '/dex.log',
}

test.each<[Partial<ProcessState>, string, RegExp]>([
  [{}, 'ok', /1 processes are healthy: dex/],
  [
    { phase: 'backing-off', lastExit: 'ended with exit code 1' },
    'error',
    /dex is backing-off; it ended with exit code 1/,
  ],
  [{ phase: 'crashed' }, 'error', /dex is crashed/],
  [{ phase: 'starting' }, 'error', /dex is starting/],
  [{ restarts: 2, lastExit: 'was ended by SIGKILL' }, 'warning', /restarted 2×; it was ended by SIGKILL/],
])('a process that is %j is %s', (state, level, message) => {
  expect(judgeProcesses([{ ...healthy, ...state }], stack)).toEqual([
    expect.objectContaining({ level, message: expect.stringMatching(message) }),
  ])
})

test('of several processes those with a problem are told, each with its log', () => {
  const findings = judgeProcesses([healthy, { ...healthy, name: 'etcd', phase: 'crashed' }], stack)
  expect(findings.map(({ remedy }) => remedy)).toEqual(['See why: gatehouse logs etcd --name two'])
})

test.each([
  ['absent', { state: 'absent' }, 'skipped', /no stack named "two" is running/],
  ['silent', { state: 'unresponsive', reason: 'it sleeps' }, 'error', /does not say how it is: it sleeps/],
  ['starting', { state: 'present', status: { phase: 'starting' } }, 'warning', /the stack is starting/],
  [
    'running',
    { state: 'present', status: { phase: 'running', processes: [healthy] } },
    'ok',
    /1 processes are healthy/,
  ],
])('a stack that is %s', (_, state, level, message) => {
  // Only what is judged is there.
  const judgements = judgeStack(state as StackState, { ...stack, state: stateDirectory('/s', 'two') })
  expect(judgements).toMatchObject([{ level, message: expect.stringMatching(message) }])
})

test.each([
  [0, 'ok'],
  [5000, 'ok'],
  [-5000, 'ok'],
  [5001, 'error'],
  [-5001, 'error'],
])('a clock that is %d ms ahead is %s', (aheadMs, level) => {
  expect(judgeSkew({ clock: 'dex', aheadMs })).toMatchObject({ level })
})

test.each([
  ['the same second', 10_000, 10_400, 10_450, 0],
  ['written early in an exchange that took long', 10_000, 10_400, 14_000, 0],
  ['a minute ahead', 70_000, 10_000, 10_010, 59_990],
  ['a minute behind', 10_000, 70_000, 70_010, -59_001],
])('the skew of an answer from %s', (_, date, sent, answered, skew) => {
  expect(skewOfAnswer(date, sent, answered)).toBe(skew)
})

test('files from the future tell that a clock is wrong, files from the past do not', () => {
  expect(fileSkew([], 1000)).toEqual([])
  expect(fileSkew([1, 2], 1000)).toMatchObject([{ aheadMs: 0 }])
  expect(fileSkew([1, 9000], 1000)).toMatchObject([{ aheadMs: 8000 }])
})
