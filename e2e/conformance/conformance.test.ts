import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunResult, runResultSchema } from '@gatehouse/conformance'
import { allObjects, output } from '@gatehouse/e2e-path-b/all-objects'
import { keepEmbeddedAnswers } from '@gatehouse/e2e-path-b/conformance-answers'
import {
  CLI,
  startTestStack,
  temporaryDirectory,
  type Terminal,
  type TestStack,
} from '@gatehouse/e2e-path-b/gatehouse'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { breakUpstream, type BrokenUpstream } from './broken-upstream.ts'
import { testMutations } from './mutation-suite.ts'
import { testReports } from './reports-suite.ts'
import { NAMESPACE, smallSpec, writeSpec } from './spec.ts'
import { requireWidgetsAsked, widgetDefinition } from './widgets.ts'

let directory: string
let stack: TestStack
let admin: Terminal
let small: string
beforeAll(async () => {
  directory = await temporaryDirectory()
  await writeFile(join(directory, 'widgets.yaml'), stringify(widgetDefinition))
  stack = await startTestStack({ manifests: ['widgets.yaml'] }, { directory })
  admin = await stack.terminalOf('admin@kyma.cx')
  small = await writeSpec(stack.directory, 'small', smallSpec)
  await output(admin, 'create', 'namespace', NAMESPACE)
  const developer = await stack.terminalOf('developer@kyma.cx')
  const isGiven = async () => (await developer.kubectl('get', 'pods', '-n', NAMESPACE)).exitCode === 0
  await vi.waitUntil(isGiven, { timeout: 60_000 })
})
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

/** Runs the command with `--json`; its exit code, and the result that it printed. */
async function check(
  ...args: string[]
): Promise<{ exitCode: number | undefined; result: RunResult; stderr: string }> {
  const { exitCode, stdout, stderr } = await stack.gatehouse('conformance', '--json', ...args)
  if (stdout === '') throw new Error(`gatehouse conformance printed nothing: ${stderr}`)
  return { exitCode, result: runResultSchema.parse(JSON.parse(stdout)), stderr }
}

test('the default spec passes: every cell is conclusive and in the audit log, and nothing is left behind', async () => {
  const before = await allObjects(admin)
  const { exitCode, result } = await check()
  await keepEmbeddedAnswers(result.cells.filter(({ group }) => group !== widgetDefinition.spec.group))
  expect(result.cells.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
  expect(exitCode).toBe(0)
  expect(result).toMatchObject({ complete: true, missing: [], disagreements: [], uncovered: [] })
  expect(new Set(result.cells.map(({ path }) => path))).toEqual(new Set(['direct', 'proxy', 'kubectl']))
  expect(result.cells.length).toBeGreaterThan(10_000)
  expect(result.cells.filter(({ actual }) => actual.evidence.audited !== true)).toEqual([])
  // The RBAC evaluator was asked about every cell that one review can stand for, and never disagreed.
  const unexplained = result.cells.filter(({ explanation }) => explanation === undefined)
  expect(unexplained.filter(({ canI }) => canI !== null)).toEqual([])
  expect(result.cells.length - unexplained.length).toBeGreaterThan(10_000)
  expect(result.cells).toContainEqual(
    expect.objectContaining({
      persona: 'viewer',
      verb: 'list',
      resource: 'nodes',
      explanation: expect.objectContaining({ allowed: true, binding: 'ClusterRoleBinding kyma-viewers' }),
    }),
  )
  // exec, attach and port-forward were let in for real, over both protocols and by all three ways in.
  const switched = result.cells.filter(({ actual }) => actual.evidence.status === 101)
  const ways = new Set(
    switched.map(({ path, transport, subresource }) => `${path} ${transport} ${subresource}`),
  )
  expect(ways.size).toBe(3 * 2 * 3)
  requireWidgetsAsked(result.cells)
  expect(await allObjects(admin)).toEqual(before)
}, 600_000)

describe('what is broken on purpose is found, and named', () => {
  test('a binding', async () => {
    const name = 'clusterrolebinding/kyma-viewers'
    const binding = JSON.parse(await output(admin, 'get', name, '-o', 'json')) as { metadata: object }
    await output(admin, 'delete', name)
    try {
      const { exitCode, result } = await check('--spec', small)
      expect(exitCode).toBe(1)
      const failed = result.cells.filter(({ verdict }) => verdict === 'fail')
      expect(new Set(failed.map(({ persona }) => persona))).toEqual(new Set(['viewer']))
      expect(failed).toContainEqual(
        expect.objectContaining({
          verb: 'list',
          resource: 'nodes',
          path: 'direct',
          rule: expect.stringMatching(/^small\.yaml:\d+$/),
          why: expect.stringMatching(
            /expected allowed, is denied: nodes is forbidden: User "read-only-user@kyma.cx"/,
          ),
        }),
      )
    } finally {
      const metadata = { name: 'kyma-viewers' }
      await admin.kubectlWith(JSON.stringify({ ...binding, metadata }), 'apply', '-f', '-')
    }
  }, 120_000)

  const header = (headers: readonly string[], keep: (name: string, value: string) => boolean) =>
    headers.flatMap((name, index) => {
      const value = headers[index + 1] ?? ''
      return index % 2 === 0 && keep(name.toLowerCase(), value) ? [name, value] : []
    })

  test.each([
    [
      'a proxy that forgets a group',
      (name: string, value: string) => !(name === 'impersonate-group' && value === 'runtimeDeveloper'),
      'disagreement',
      /direct says allowed, proxy says denied/,
    ],
    [
      'a proxy that acts as itself',
      (name: string) => !name.startsWith('impersonate-'),
      'inconclusive',
      /User "gatehouse:apiserver-proxy" cannot/,
    ],
    [
      'a proxy that loses the Audit-ID',
      (name: string) => name !== 'audit-id',
      'inconclusive',
      /has no request with this Audit-ID/,
    ],
  ] as const)(
    '%s',
    async (_, keep, verdict, why) => {
      const configuration = await readFile(
        join(stack.directory, 'default/config/apiserver-proxy.yaml'),
        'utf8',
      )
      const { upstream } = parse(configuration) as { upstream: { kubeconfig: string } }
      await using broken = await breakUpstream(upstream.kubeconfig, stack.directory, (headers) =>
        header(headers, keep),
      )
      await untilFollowed(broken)
      const { exitCode, result } = await check('--spec', small)
      expect(exitCode).toBe(1)
      const named = result.cells.filter(({ persona, path }) => persona === 'developer' && path === 'proxy')
      expect(named).toContainEqual(expect.objectContaining({ verdict, why: expect.stringMatching(why) }))
    },
    120_000,
  )

  /** Until the proxy has read its kubeconfig again, and sends what it is asked there. */
  async function untilFollowed({ isUsed }: BrokenUpstream): Promise<void> {
    const isFollowed = async () => {
      await admin.kubectl('get', '--raw', '/version')
      return isUsed()
    }
    await vi.waitUntil(isFollowed, { timeout: 60_000 })
  }

  test('and what was mended passes', async () => {
    // Until the proxy has read its kubeconfig again.
    await vi.waitFor(async () => expect(await check('--spec', small)).toMatchObject({ exitCode: 0 }), {
      timeout: 60_000,
    })
  }, 120_000)
})

test('an evaluator with a wrong line is found, and named', async () => {
  const args = ['--import', join(import.meta.dirname, 'broken-evaluator.ts'), CLI]
  const broken = new Promise<{ code: unknown; stdout: string }>((resolve) => {
    execFile(
      process.execPath,
      [...args, 'conformance', '--json', '--spec', small],
      { env: { ...process.env, GATEHOUSE_STATE_DIR: stack.directory }, maxBuffer: 100_000_000 },
      (error, stdout) => resolve({ code: error?.code, stdout }),
    )
  })
  const { code, stdout } = await broken
  expect(code).toBe(1)
  const { cells } = runResultSchema.parse(JSON.parse(stdout))
  expect(cells).toContainEqual(
    expect.objectContaining({
      persona: 'admin',
      resource: 'pods',
      verdict: 'disagreement',
      why: expect.stringMatching(/direct says allowed, .*can-i says allowed, evaluator says denied/),
    }),
  )
}, 120_000)

testReports(() => ({ stack, spec: small }))
testMutations(() => ({ stack, spec: small }))

describe('a run that does not come to its end', () => {
  /** Every verb of everything for one persona, who may not do most of it: cells enough to be interrupted in. */
  const manySpec = {
    ...smallSpec,
    places: { own: {} },
    paths: ['direct'],
    rules: [{ personas: 'developer', may: '*', resources: ['*', '/*'] }],
  }
  const journalOf = () => join(stack.directory, 'default/conformance/journal.jsonl')
  const start = (spec: string) =>
    spawn(process.execPath, [CLI, 'conformance', '--json', '--spec', spec], {
      env: { ...process.env, GATEHOUSE_STATE_DIR: stack.directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const answersIn = async () => (await readFile(journalOf(), 'utf8').catch(() => '')).split('\n').length - 2
  const untilAsking = () =>
    vi.waitUntil(async () => (await answersIn()) > 200, { timeout: 60_000, interval: 5 })

  test('goes on where it was killed, and then leaves nothing behind', async () => {
    const many = await writeSpec(stack.directory, 'many', manySpec)
    const before = await allObjects(admin)
    const killed = start(many)
    await untilAsking()
    killed.kill('SIGKILL')
    await once(killed, 'close')
    const answered = await answersIn()
    expect((await stat(journalOf())).mode & 0o777).toBe(0o600)
    const logged = async () =>
      [...(await readFile(stack.status.cluster!.auditLog!, 'utf8')).matchAll(/"auditID":"([^"]+)"/g)].map(
        ([, id]) => id!,
      )
    const loggedBefore = await logged()

    const { exitCode, result } = await check('--spec', many)
    expect(result).toMatchObject({ complete: true })
    expect(exitCode).toBe(1)
    const askedBefore = new Set(loggedBefore).intersection(
      new Set(result.cells.map(({ actual }) => actual.evidence.auditId)),
    )
    expect(askedBefore.size).toBeGreaterThanOrEqual(answered)
    // What was answered is not asked again, but for what was under way when the run was killed, or on its way
    // into the journal.
    const askedAgain = askedBefore.intersection(new Set((await logged()).slice(loggedBefore.length)))
    expect(askedAgain.size).toBeLessThanOrEqual(64)
    expect(await readdir(join(stack.directory, 'default/conformance'))).toEqual([])
    expect(await allObjects(admin)).toEqual(before)
  }, 300_000)

  test('a damaged journal is told, not trusted', async () => {
    await writeFile(journalOf(), 'nonsense\n')
    const { exitCode, stderr } = await stack.gatehouse('conformance', '--spec', small)
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('is damaged; delete it'),
    })
    await writeFile(journalOf(), '')
  })

  // Last, since there is no cluster afterwards.
  test('says what is missing when the cluster goes away, with exit code 2', async () => {
    const many = await writeSpec(stack.directory, 'many', manySpec)
    const running = start(many)
    let stdout = ''
    running.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    await untilAsking()
    // With all of its processes.
    process.kill(stack.status.pid, 'SIGKILL')
    const [exitCode] = (await once(running, 'close')) as [number]
    expect(exitCode).toBe(2)
    const result = runResultSchema.parse(JSON.parse(stdout))
    expect(result.complete).toBe(false)
    // Which questions were under way when it went is a matter of the moment.
    expect(result.missing.length).toBeGreaterThan(0)
    for (const sentence of result.missing) expect(sentence).toMatch(/\bnot (asked|read|removed)\b/)
    expect(result.cells.length).toBeGreaterThan(0)
  }, 300_000)
})
