import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigurationError } from '@gatehouse/server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultSpecFile, loadSpec } from '../src/index.ts'
import { compileExpectations } from '../src/plan/expectations.ts'
import { accessSpecJsonSchema } from '../src/spec/json-schema.ts'
import { question } from './fixtures.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-spec-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function load(text: string) {
  const file = join(directory, 'access.yaml')
  await writeFile(file, text)
  return loadSpec(file)
}

const HEAD = `version: 1
name: test
personas:
  dev: { user: dev@example.com }
  ops: { user: ops@example.com }
places:
  team: { namespace: team }
sets:
  work: [pods, deployments.apps]
`

describe('what a spec expects', () => {
  const expected = async (rules: string, over: Parameters<typeof question>[0]) => {
    const expectations = compileExpectations(await load(`${HEAD}rules:\n${rules}`))
    return expectations.of(question({ persona: 'dev', place: 'team', ...over })).expected
  }
  test.each([
    ['allowed', '- { personas: dev, may: get, resources: pods }', {}],
    ['denied', '- { personas: ops, may: get, resources: pods }', {}],
    ['denied', '- { personas: dev, may: get, resources: pods }', { verb: 'list' }],
    ['allowed', '- { personas: dev, may: read, resources: pods }', { verb: 'watch' }],
    ['denied', '- { personas: dev, may: read, resources: pods }', { verb: 'create' }],
    [
      'allowed',
      '- { personas: "*", may: write, resources: $work }',
      { verb: 'deletecollection', group: 'apps', resource: 'deployments' },
    ],
    ['denied', '- { personas: dev, may: get, resources: pods }', { subresource: 'log' }],
    ['allowed', '- { personas: dev, may: get, resources: "*" }', { subresource: 'log' }],
    [
      'allowed',
      '- { personas: dev, may: get, resources: "*.apps" }',
      { group: 'apps', resource: 'deployments' },
    ],
    ['denied', '- { personas: dev, may: get, resources: "*.apps" }', {}],
    [
      'allowed',
      '- { personas: dev, may: get, resources: "*/scale" }',
      { group: 'apps', resource: 'deployments', subresource: 'scale' },
    ],
    ['denied', '- { personas: dev, may: get, resources: pods, places: cluster }', {}],
    [
      'denied',
      '- { personas: dev, may: get, resources: "*" }',
      { resource: '', nonResourcePath: '/metrics' },
    ],
    [
      'allowed',
      '- { personas: dev, may: get, resources: "/met*" }',
      { resource: '', nonResourcePath: '/metrics' },
    ],
    ['denied', '- { personas: dev, may: get, resources: pods, names: one }', {}],
    ['allowed', '- { personas: dev, may: get, resources: pods, names: one }', { name: 'one' }],
    ['refused', '- { personas: dev, isRefused: get, resources: pods }', {}],
    [
      'denied',
      '- { personas: dev, may: get, resources: "*" }\n- { personas: dev, mayNot: get, resources: pods }',
      {},
    ],
    [
      'allowed',
      '- { personas: dev, mayNot: get, resources: pods }\n- { personas: dev, may: get, resources: "*" }',
      {},
    ],
  ])('%s by %s', async (result, rules, over) => {
    expect(await expected(rules, over)).toBe(result)
  })

  test('a rule is named by its file and line', async () => {
    const spec = await load(`${HEAD}rules:\n- { personas: dev, may: get, resources: pods }`)
    expect(compileExpectations(spec).of(question({ persona: 'dev', place: 'team' })).rule).toBe(
      'access.yaml:11',
    )
  })

  test('a rule about nothing that is served is an error, since it would check nothing', async () => {
    const spec = await load(`${HEAD}rules:\n- { personas: dev, may: [get, gett], resources: [pods, podz] }`)
    const expectations = compileExpectations(spec)
    expectations.of(question({ persona: 'dev', place: 'team' }))
    expect(() => expectations.requireAllUsed()).toThrow(
      /access\.yaml:11: the verb "gett"\n {2}access\.yaml:11: "podz"/,
    )
  })
})

describe('a spec with mistakes', () => {
  const problems = async (text: string) => {
    const error: unknown = await load(text).catch((one: unknown) => one)
    if (!(error instanceof ConfigurationError)) throw new Error('it was accepted')
    return error.message
  }

  test('names everything that does not exist, with line and column', async () => {
    const message = await problems(
      `${HEAD}setup: nobody\nrules:\n- { personas: devv, may: get, resources: $werk, places: moon, paths: teleport }`,
    )
    expect(message).toContain('there is no persona "nobody"; there are dev, ops (line 10, column 8)')
    expect(message).toContain('there is no persona "devv"; there are dev, ops (line 12')
    expect(message).toContain('there is no set "werk"; there are work (line 12')
    expect(message).toContain('there is no place "moon"; there are cluster, team (line 12')
    expect(message).toContain('there is no path "teleport"; there are direct, proxy, kubectl (line 12')
  })

  test.each([
    ['rules: [{ personas: dev, resources: pods }]', 'must have exactly one of may, mayNot and isRefused'],
    ['rules: [{ personas: dev, may: get, mayNot: get, resources: pods }]', 'must have exactly one of'],
    ['everythingElse: allow', 'expected one of "deny"|"uncovered"'],
    ['ruels: []', 'is not a known setting'],
    ['paths: []', 'too small'],
  ])('%s: %s', async (text, message) => {
    expect(await problems(`${HEAD}${text}`)).toContain(message)
  })

  test('a place that is to be made needs somebody who makes it', async () => {
    expect(await problems(HEAD.replace('team: { namespace: team }', 'team: {}'))).toContain(
      'needs a namespace, or a persona as `setup`',
    )
  })
})

test('the JSON Schema beside the specs is the one of the code', async () => {
  const file = new URL('../access-spec.schema.json', import.meta.url)
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(accessSpecJsonSchema())))
})

test('the default spec and every example are valid', async () => {
  await expect(loadSpec(defaultSpecFile)).resolves.toMatchObject({ spec: { everythingElse: 'deny' } })
  const folder = fileURLToPath(new URL('../specs/examples', import.meta.url))
  const examples = await readdir(folder)
  expect(examples).toHaveLength(3)
  for (const name of examples) {
    const { spec } = await loadSpec(join(folder, name))
    expect(spec.rules.length).toBeGreaterThan(3)
  }
})
