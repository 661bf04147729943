import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { accessLinesOf, lastAuditId } from '../../src/why/access-log.ts'
import { auditEventsOf } from '../../src/why/audit-log.ts'

const signal = AbortSignal.timeout(30_000)
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-why-'))
  return () => rm(directory, { recursive: true })
})

const lineOf = (fields: object) =>
  `${JSON.stringify({
    msg: 'request',
    time: '2026-11-25T18:00:00.000Z',
    auditId: 'a',
    user: 'jane',
    method: 'GET',
    path: '/api',
    decision: 'allowed',
    status: 200,
    durationMs: 1,
    ...fields,
  })}\n`

const eventOf = (auditID: string, code: number) =>
  `${JSON.stringify({
    auditID,
    stage: 'ResponseComplete',
    requestURI: '/api',
    verb: 'get',
    user: { username: 'jane' },
    responseStatus: { code },
    requestReceivedTimestamp: '2026-11-25T18:00:00.000000Z',
    stageTimestamp: '2026-11-25T18:00:00.000000Z',
  })}\n`

test('lines of an Audit-ID are found in this log and in that of the start before, and nothing else is', async () => {
  const log = join(directory, 'proxy.log')
  await writeFile(`${log}.1`, lineOf({ status: 201 }))
  const others = [
    lineOf({ auditId: 'ab' }),
    lineOf({ auditId: 'b', path: '/"auditId":"a"' }),
    'no JSON "auditId":"a"\n',
    '{"auditId":"a", broken\n',
    '{"msg":"another line","auditId":"a"}\n',
  ]
  await writeFile(log, [...others, lineOf({ status: 202 }), '{"msg":"request","auditId":"a"'].join(''))
  const found = await accessLinesOf(log, 'a', signal)
  expect(found.map(({ status }) => status)).toEqual([201, 202])
})

test('the last request is that of anybody, of somebody, or one that was not allowed', async () => {
  const log = join(directory, 'proxy.log')
  await writeFile(
    log,
    [
      lineOf({ auditId: '1', decision: 'denied' }),
      lineOf({ auditId: '2', decision: 'refused', user: undefined }),
      lineOf({ auditId: '3', user: 'joe' }),
      lineOf({ auditId: '4' }),
    ].join(''),
  )
  expect(await lastAuditId(log, {}, signal)).toBe('4')
  expect(await lastAuditId(log, { user: 'joe' }, signal)).toBe('3')
  expect(await lastAuditId(log, { denied: true }, signal)).toBe('2')
  expect(await lastAuditId(log, { denied: true, user: 'jane' }, signal)).toBe('1')
  expect(await lastAuditId(log, { user: 'jan' }, signal)).toBeUndefined()
})

test('without a request of this start, the last one is that of the start before', async () => {
  const log = join(directory, 'proxy.log')
  await writeFile(log, '{"msg":"listening"}\n')
  expect(await lastAuditId(log, {}, signal)).toBeUndefined()
  await writeFile(`${log}.1`, lineOf({ auditId: 'before' }))
  expect(await lastAuditId(log, {}, signal)).toBe('before')
})

test('events are found in the newest file of a rotated log that has any', async () => {
  const log = join(directory, 'audit.log')
  await writeFile(log, eventOf('new', 200))
  await writeFile(
    join(directory, 'audit-2026-11-25T10-00-00.000.log'),
    eventOf('old', 404) + eventOf('new', 404),
  )
  await writeFile(join(directory, 'audit-2026-11-25T12-00-00.000.log'), eventOf('old', 403))
  const codesOf = async (id: string) =>
    (await auditEventsOf(log, id, signal)).map(({ responseStatus }) => responseStatus?.code)
  expect(await codesOf('new')).toEqual([200])
  expect(await codesOf('old')).toEqual([403])
  expect(await codesOf('never')).toEqual([])
})
