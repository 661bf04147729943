import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareWithBaseline } from '../src/baseline/compare.ts'
import { readBaseline, toBaseline, writeBaseline } from '../src/baseline/document.ts'
import type { Cell, Result } from '../src/result.ts'
import { question } from './fixtures.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-baseline-'))
})
afterAll(() => rm(directory, { recursive: true }))

function cell(result: Result, over: Parameters<typeof question>[0] = {}, path = 'direct'): Cell {
  const evidence = {
    request: '',
    status: 200,
    reason: '',
    message: '',
    auditId: '',
    audited: true,
    durationMs: 1,
    attempts: 1,
  }
  return {
    ...question(over),
    path,
    expected: null,
    rule: '',
    actual: { result, evidence },
    verdict: 'uncovered',
    why: '',
    canI: null,
  }
}

const found = [
  cell('allowed', { verb: 'get' }),
  cell('allowed', { verb: 'get' }, 'proxy'),
  cell('allowed', { verb: 'list' }),
  cell('denied', { verb: 'create' }),
  cell('refused', { verb: 'create', group: 'apps', resource: 'deployments', subresource: 'scale' }),
  cell('denied', { resource: '', nonResourcePath: '/metrics', place: 'cluster', namespace: '' }),
]

test('a baseline has a line for each resource, and comes back as it was', async () => {
  const file = join(directory, 'baseline.yaml')
  const baseline = toBaseline(found)
  await writeBaseline(file, baseline)
  expect(await readFile(file, 'utf8')).toContain('      pods: { allowed: get list, denied: create }\n')
  expect(await readBaseline(file)).toEqual(baseline)
  expect(compareWithBaseline(await readBaseline(file), found)).toEqual([])
})

test('where there is no file there is no baseline', async () => {
  expect(await readBaseline(join(directory, 'nothing.yaml'))).toBeUndefined()
})

test('more, less, new and vanished reach are changes; what could not be found out is none', () => {
  const before = toBaseline([...found, cell('allowed', { resource: 'gone' })])
  const changes = compareWithBaseline(before, [
    cell('denied', { verb: 'get' }),
    cell('allowed', { verb: 'list' }),
    cell('allowed', { verb: 'create' }),
    cell('inconclusive', { verb: 'create', group: 'apps', resource: 'deployments', subresource: 'scale' }),
    cell('denied', { resource: '', nonResourcePath: '/metrics', place: 'cluster', namespace: '' }),
    cell('allowed', { resource: 'new' }),
  ])
  expect(changes.map(({ verb, resource, before: was, after: is }) => [verb, resource, was, is])).toEqual([
    ['get', 'pods', 'allowed', 'denied'],
    ['create', 'pods', 'denied', 'allowed'],
    ['get', 'new', null, 'allowed'],
    ['get', 'gone', 'allowed', null],
  ])
})

test('what another shard asks has not vanished', () => {
  const before = toBaseline([...found, cell('allowed', { resource: 'gone' })])
  const own = found.slice(0, 2)
  const changes = compareWithBaseline(before, own, found)
  expect(changes.map(({ resource, after }) => [resource, after])).toEqual([['gone', null]])
})
