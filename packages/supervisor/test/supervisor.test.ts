import { pbkdf2 } from 'node:crypto'
import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { spawn, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ProcessSpec, Supervisor } from '../src/index.ts'

let directory: string
let supervisor: Supervisor
const signal = new AbortController().signal

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-supervisor-'))
  supervisor = new Supervisor()
})
afterEach(async () => {
  await supervisor.stop()
  await rm(directory, { recursive: true })
})

/** A process that runs `script`, and is healthy once it has created its file. */
function node(name: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  const flag = join(directory, `${name}.healthy`)
  return {
    name,
    command: process.execPath,
    args: [
      '-e',
      script.replaceAll('HEALTHY', `require('node:fs').writeFileSync(${JSON.stringify(flag)}, '')`),
    ],
    env: {},
    logFile: join(directory, `${name}.log`),
    isHealthy: () => exists(flag),
    ...more,
  }
}
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
const FOREVER = 'setInterval(() => {}, 1000)'
/** A zombie, which only waits for its parent to take notice, is not alive. */
const isAlive = (pid: number) => {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

test('a process is started only when what it depends on is healthy, and stopped before it', async () => {
  const order = join(directory, 'order')
  const append = (word: string) => `require('node:fs').appendFileSync(${JSON.stringify(order)}, '${word} ')`
  const script = (name: string) =>
    `${append(`${name}-up`)}; process.on('SIGTERM', () => { ${append(`${name}-down`)}; process.exit(0) }); HEALTHY; ${FOREVER}`
  await supervisor.start(
    [node('second', script('second'), { dependsOn: ['first'] }), node('first', script('first'))],
    signal,
  )
  expect(supervisor.states().map((state) => state.phase)).toEqual(['healthy', 'healthy'])
  await supervisor.stop()
  expect(await readFile(order, 'utf8')).toBe('first-up second-up second-down first-down ')
  expect(supervisor.states().map((state) => state.phase)).toEqual(['stopped', 'stopped'])
})

test('a process that ends before it is healthy fails the start with its last log lines', async () => {
  const failing = node('etcd', 'console.error("no space left"); process.exit(3)')
  await expect(supervisor.start([failing], signal)).rejects.toMatchObject({
    code: 'ERR_EXITED_EARLY',
    process: 'etcd',
    message: expect.stringMatching(/etcd ended with exit code 3 before it was healthy[^]*no space left/),
  })
})

test('one failure keeps its dependents from being started', async () => {
  const marker = join(directory, 'started')
  const dependent = node(
    'dependent',
    `require('node:fs').writeFileSync(${JSON.stringify(marker)}, ''); ${FOREVER}`,
    {
      dependsOn: ['broken'],
    },
  )
  await expect(
    supervisor.start([node('broken', 'process.exit(1)'), dependent], signal),
  ).rejects.toMatchObject({
    process: 'broken',
  })
  expect(await exists(marker)).toBe(false)
})

test('a process that never becomes healthy is reported after its time', async () => {
  const hanging = node('hanging', FOREVER, { healthyWithinMs: 200 })
  await expect(supervisor.start([hanging], signal)).rejects.toMatchObject({ code: 'ERR_NEVER_HEALTHY' })
})

test('an executable that does not exist is named', async () => {
  const missing = node('missing', '', { command: '/nowhere/etcd' })
  await expect(supervisor.start([missing], signal)).rejects.toThrow(/\/nowhere\/etcd/)
})

test('the environment of the supervisor does not reach its processes', async () => {
  process.env['GATEHOUSE_TEST_SECRET'] = 'hunter2'
  try {
    const file = join(directory, 'env')
    const script = `require('node:fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env)); HEALTHY; ${FOREVER}`
    await supervisor.start([node('child', script, { env: { ONLY: 'this' } })], signal)
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ ONLY: 'this' })
  } finally {
    delete process.env['GATEHOUSE_TEST_SECRET']
  }
})

test('logs are private, and the previous run is kept', async () => {
  await supervisor.start([node('child', `console.log('first run'); HEALTHY; ${FOREVER}`)], signal)
  await supervisor.stop()
  supervisor = new Supervisor()
  await supervisor.start([node('child', `console.log('second run'); HEALTHY; ${FOREVER}`)], signal)
  const log = join(directory, 'child.log')
  await expect.poll(() => readFile(log, 'utf8')).toBe('second run\n')
  expect(await readFile(`${log}.1`, 'utf8')).toBe('first run\n')
  expect((await stat(log)).mode & 0o777).toBe(0o600)
})

test('a crash is reported with the last log lines, and the process is restarted', async () => {
  const crashes: { phase: string; tail: readonly string[] }[] = []
  supervisor.on('crash', (state, tail) => crashes.push({ phase: state.phase, tail }))
  await supervisor.start([node('child', `console.log('about to work'); HEALTHY; ${FOREVER}`)], signal)
  const pid = supervisor.states()[0]!.pid!
  process.kill(pid, 'SIGKILL')
  await expect
    .poll(() => supervisor.states()[0])
    .toMatchObject({ phase: 'healthy', restarts: 1, lastExit: 'was ended by SIGKILL' })
  expect(supervisor.states()[0]!.pid).not.toBe(pid)
  expect(crashes).toEqual([{ phase: 'backing-off', tail: ['about to work'] }])
})

test("a crash of a process with restart 'never' is final and reported", async () => {
  const crashed = new Promise((resolve) => supervisor.once('crash', resolve))
  await supervisor.start([node('child', `HEALTHY; ${FOREVER}`, { restart: 'never' })], signal)
  process.kill(supervisor.states()[0]!.pid!, 'SIGKILL')
  await crashed
  expect(supervisor.states()[0]).toMatchObject({ phase: 'crashed', restarts: 0 })
})

test('a requested restart gives a new process and is no crash', async () => {
  const onCrash = vi.fn<() => void>()
  supervisor.on('crash', onCrash)
  await supervisor.start([node('child', `HEALTHY; ${FOREVER}`)], signal)
  const pid = supervisor.states()[0]!.pid
  await supervisor.restart('child', signal)
  expect(supervisor.states()[0]).toMatchObject({ phase: 'healthy', restarts: 1 })
  expect(supervisor.states()[0]!.pid).not.toBe(pid)
  expect(onCrash).not.toHaveBeenCalled()
})

test('a process that somebody else runs is waited for, and left alone', async () => {
  const dependent = node('dependent', `HEALTHY; ${FOREVER}`, { dependsOn: ['external'] })
  const external = node('external', 'process.exit(1)', { external: true, healthyWithinMs: 1 })
  const starting = supervisor.start([external, dependent], signal)
  await expect.poll(() => supervisor.states()[0]!.phase).toBe('awaited')
  expect(supervisor.states()[1]!.phase).toBe('waiting')
  await writeFile(join(directory, 'external.healthy'), '')
  await starting
  expect(supervisor.states().map(({ phase, pid }) => [phase, pid !== undefined])).toEqual([
    ['healthy', false],
    ['healthy', true],
  ])
})

test('a process that ignores the request to end is killed, with what it started', async () => {
  const file = join(directory, 'grandchild')
  const script = `
    const { pid } = require('node:child_process').spawn(process.execPath, ['-e', '${FOREVER}'])
    require('node:fs').writeFileSync(${JSON.stringify(file)}, String(pid))
    process.on('SIGTERM', () => {}); HEALTHY; ${FOREVER}`
  await supervisor.start([node('stubborn', script, { stopWithinMs: 100 })], signal)
  const pids = [supervisor.states()[0]!.pid!, Number(await readFile(file, 'utf8'))]
  expect(pids.every(isAlive)).toBe(true)
  await supervisor.stop()
  await expect.poll(() => pids.some(isAlive)).toBe(false)
})

test('a start that is aborted rejects, and stop ends what was started', async () => {
  const controller = new AbortController()
  const starting = supervisor.start([node('slow', FOREVER)], controller.signal)
  await expect.poll(() => supervisor.states()[0]!.pid).toBeDefined()
  const pid = supervisor.states()[0]!.pid!
  controller.abort()
  await expect(starting).rejects.toMatchObject({ name: 'AbortError' })
  await supervisor.stop()
  expect(isAlive(pid)).toBe(false)
})

test.runIf(process.platform === 'linux')('no process survives a supervisor that is killed', async () => {
  const pidFile = join(directory, 'pid')
  const script = join(directory, 'run.mjs')
  const child = node(
    'child',
    `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); ${FOREVER}`,
  )
  await writeFile(
    script,
    `import { Supervisor } from ${JSON.stringify(join(import.meta.dirname, '../src/index.ts'))}
    await new Supervisor().start([{ ...${JSON.stringify(child)}, isHealthy: async () => false }], new AbortController().signal)`,
  )
  const killed = spawn(process.execPath, [script], { stdio: 'inherit' })
  await expect.poll(() => readFile(pidFile, 'utf8').catch(() => '')).not.toBe('')
  const pid = Number(await readFile(pidFile, 'utf8'))
  killed.kill('SIGKILL')
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('a restart that is requested while a crashed process waits for its next start comes at once', async () => {
  const flag = join(directory, 'child.healthy')
  // Crashes at once again and again, so that the pause before the next start grows; then somebody mends it.
  const mended = join(directory, 'mended')
  const script = `HEALTHY; if (!require('node:fs').existsSync(${JSON.stringify(mended)})) setTimeout(() => process.exit(1), 50); ${FOREVER}`
  let crashes = 0
  // The pause after the sixth is four seconds.
  const sixth = new Promise<void>((resolve) => {
    supervisor.on('crash', () => ++crashes === 6 && resolve())
  })
  await supervisor.start([node('child', script)], signal)
  await sixth
  await writeFile(mended, '')
  await rm(flag, { force: true })
  expect(supervisor.states()[0]).toMatchObject({ phase: 'backing-off' })
  const startedAt = Date.now()
  await supervisor.restart('child', signal)
  expect(Date.now() - startedAt).toBeLessThan(3500)
  expect(supervisor.states()[0]).toMatchObject({ phase: 'healthy' })
  process.kill(supervisor.states()[0]!.pid!, 'SIGKILL')
  await expect.poll(() => supervisor.states()[0]).toMatchObject({ phase: 'backing-off' })
})

test('a process whose crash was final starts again when that is requested', async () => {
  await supervisor.start([node('child', `HEALTHY; ${FOREVER}`, { restart: 'never' })], signal)
  process.kill(supervisor.states()[0]!.pid!, 'SIGKILL')
  await expect.poll(() => supervisor.states()[0]).toMatchObject({ phase: 'crashed' })
  await supervisor.restart('child', signal)
  expect(supervisor.states()[0]).toMatchObject({ phase: 'healthy', restarts: 1 })
  await supervisor.stop()
  expect(supervisor.states()[0]).toMatchObject({ phase: 'stopped' })
})

test('two restarts at one time both end when the process is healthy', async () => {
  await supervisor.start([node('child', `HEALTHY; ${FOREVER}`)], signal)
  await Promise.all([supervisor.restart('child', signal), supervisor.restart('child', signal)])
  expect(supervisor.states()[0]).toMatchObject({ phase: 'healthy' })
})

test('a restart ends when everything is stopped, or its signal aborts, before the process is healthy', async () => {
  const healthy = { now: true }
  const spec = node('child', FOREVER, { isHealthy: async () => healthy.now })
  await supervisor.start([spec], signal)
  healthy.now = false
  const limit = new AbortController()
  const aborted = supervisor.restart('child', limit.signal)
  const stopped = supervisor.restart('child', signal)
  const outcomes = Promise.allSettled([aborted, stopped])
  await expect.poll(() => supervisor.states()[0]).toMatchObject({ phase: 'starting' })
  limit.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  await supervisor.stop()
  await expect(stopped).rejects.toMatchObject({ code: 'ERR_STOPPED' })
  await outcomes
})

test('a process that ends while the machine is too busy to close its log is noticed', async () => {
  // Files are worked on by four threads; as long as these are busy, closing one takes longer than the process.
  const isOver = { now: false }
  const keepBusy = async () => {
    while (!isOver.now) await promisify(pbkdf2)('password', 'salt', 50_000, 64, 'sha512')
  }
  const busy = Promise.all(Array.from({ length: 8 }, keepBusy))
  try {
    const spec = node('brief', '', { command: '/bin/sh', args: ['-c', 'exit 1'], healthyWithinMs: 10_000 })
    await expect(supervisor.start([spec], signal)).rejects.toMatchObject({ code: 'ERR_EXITED_EARLY' })
  } finally {
    isOver.now = true
    await busy
  }
})

test('whoever waits for processes to be healthy is told when they are, and when they will never be', async () => {
  const startGood = supervisor.start([node('good', `HEALTHY; ${FOREVER}`)], signal)
  await expect(supervisor.untilHealthy(['good'], signal)).resolves.toBeUndefined()
  await startGood
  const startBad = supervisor.start([node('bad', 'process.exit(3)')], signal)
  const both = supervisor.untilHealthy(['good', 'bad'], signal)
  const outcomes = await Promise.allSettled([startBad, both])
  expect(outcomes).toMatchObject([startBad, both].map(() => ({ reason: { process: 'bad' } })))
  await expect(supervisor.untilHealthy(['stranger'], signal)).rejects.toThrow(
    /no process is named "stranger"/,
  )
  await expect(supervisor.untilHealthy(['good'], AbortSignal.abort(new Error('Ctrl-C')))).rejects.toThrow(
    'Ctrl-C',
  )
})
