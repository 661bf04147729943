import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runResultSchema } from '@gatehouse/conformance'
import { gatehouseIn } from '@gatehouse/e2e-path-b/gatehouse'
import { execa } from 'execa'
import { beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { runAction } from './github-action.ts'
import { smallSpec, writeSpec } from './spec.ts'

const GATEHOUSE = join(import.meta.dirname, '../..')
const ACTION = join(GATEHOUSE, 'scripts/ci/action.yml')
const GITLAB = join(GATEHOUSE, 'scripts/ci/gitlab.yml')

/** A repository of somebody who checks with Gatehouse, and the state of the job's machine. */
let directory: string
let env: Record<string, string>
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gh-'))
  env = { GATEHOUSE_STATE_DIR: join(directory, 'state') }
  await writeSpec(directory, 'access', {
    ...smallSpec,
    places: { own: { namespace: 'kube-system' } },
    rules: RULES,
  })
  return async () => {
    await gatehouseIn(env['GATEHOUSE_STATE_DIR']!)('down')
    await rm(directory, { recursive: true })
  }
})
const RULES = [
  { personas: 'admin', may: '*', resources: ['pods', 'configmaps', 'secrets'] },
  { personas: 'viewer', may: 'read', resources: ['pods', 'configmaps'] },
  { personas: 'developer', mayNot: '*', resources: ['pods', 'secrets'] },
]

async function resultIn(name: string) {
  return runResultSchema.parse(JSON.parse(await readFile(join(directory, name), 'utf8')))
}

test('the GitHub action starts a stack, checks, and ends the stack whatever came out; and it merges shards', async () => {
  const isStart = (step: string) => step === 'Start a stack'
  const run = (inputs: Record<string, string>, only?: (step: string) => boolean) =>
    runAction(ACTION, { spec: 'access.yaml', ...inputs }, { directory, env, ...(only ? { only } : {}) })

  expect(await run({}, isStart)).toMatchObject([{ name: 'Start a stack', exitCode: 0 }])
  // The shards of one matrix have a machine each; here they share a stack.
  const first = await run({ shard: '1/2', result: 'one.json' }, (step) => step === 'Check')
  expect(first).toMatchObject([{ name: 'Check', exitCode: 0 }])
  const second = await run({ shard: '2/2', result: 'two.json' }, (step) => step === 'Check')
  expect(second).toMatchObject([{ exitCode: 0 }])
  // Fails as the command does.
  expect(await run({ spec: 'missing.yaml' }, (step) => !isStart(step))).toMatchObject([
    { name: 'Check', exitCode: 2 },
    { name: 'End the stack', exitCode: 0 },
  ])
  expect((await gatehouseIn(env['GATEHOUSE_STATE_DIR']!)('status')).stderr).toContain('no stack named')

  const merged = await run({ merge: 'one.json two.json', reports: 'junit=junit.xml markdown=report.md' })
  expect(merged).toMatchObject([{ name: 'Check', exitCode: 0 }])
  const [one, two, whole] = [
    await resultIn('one.json'),
    await resultIn('two.json'),
    await resultIn('conformance.json'),
  ]
  expect(Math.min(one.cells.length, two.cells.length)).toBeGreaterThan(10)
  expect(whole).toMatchObject({ shard: null, complete: true, uncovered: one.uncovered })
  expect(whole.cells).toHaveLength(one.cells.length + two.cells.length)
  expect((await readFile(join(directory, 'junit.xml'), 'utf8')).match(/<testcase /g)).toHaveLength(
    whole.cells.length,
  )
  expect(await readFile(join(directory, 'report.md'), 'utf8')).toContain('a handful')
}, 240_000)

/** What GitLab knows of a job, as far as the template uses it. */
const jobSchema = z.strictObject({
  image: z.string(),
  parallel: z.int().min(2).max(200).optional(),
  when: z.enum(['always']).optional(),
  variables: z.record(z.string(), z.string()),
  script: z.array(z.string()),
  after_script: z.array(z.string()).optional(),
  artifacts: z.strictObject({
    when: z.enum(['always']),
    paths: z.array(z.string()),
    reports: z.strictObject({ junit: z.string() }).optional(),
  }),
})

test('the jobs for GitLab check in parts, end their stack, and put the parts together', async () => {
  const jobs = z.record(z.string(), jobSchema).parse(parse(await readFile(GITLAB, 'utf8')))
  /** As GitLab's runner: variables, which may name others, then one line after the other. */
  const run = async (name: string, more: Record<string, string>) => {
    const { variables, script, after_script: after = [] } = jobs[name]!
    const all: Record<string, string> = { ...more }
    for (const [key, text] of Object.entries(variables))
      all[key] = more[key] ?? text.replaceAll(/\$(\w+)/g, (_, other: string) => more[other] ?? '')
    const lines = async (commands: readonly string[]) =>
      execa('bash', ['-eo', 'pipefail', '-c', commands.join('\n')], {
        cwd: directory,
        env: { ...env, ...all },
        reject: false,
        stdin: 'ignore',
      })
    const { exitCode, stderr } = await lines(script)
    const { exitCode: afterCode } = await lines(after)
    return { exitCode, afterCode, stderr }
  }
  const part = await run('.gatehouse-conformance', {
    GATEHOUSE,
    SPEC: 'access.yaml',
    CI_NODE_INDEX: '1',
    CI_NODE_TOTAL: '1',
  })
  expect(part).toMatchObject({ exitCode: 0, afterCode: 0 })
  expect((await gatehouseIn(env['GATEHOUSE_STATE_DIR']!)('status')).stderr).toContain('no stack named')
  const report = await run('.gatehouse-conformance-report', { GATEHOUSE })
  expect(report).toMatchObject({ exitCode: 0 })
  const whole = await resultIn('conformance.json')
  expect(whole).toMatchObject({ shard: null, complete: true })
  expect(whole.cells).toEqual((await resultIn('conformance-1.json')).cells)
  expect(await readFile(join(directory, 'conformance.html'), 'utf8')).toMatch(/^<!doctype html>/)
}, 240_000)
