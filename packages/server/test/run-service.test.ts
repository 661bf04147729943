import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from './temporary-directory.ts'

const program = join(import.meta.dirname, 'service.ts')

interface Run {
  child: ChildProcess
  stdout: () => string
  stderr: () => string
  exited: Promise<number | null>
  says: (text: string) => Promise<void>
}

function run(args: string[], stdio: 'pipe' | 'ipc' = 'pipe'): Run {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', ...(stdio === 'ipc' ? (['ipc'] as const) : [])],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const text = { stdout: '', stderr: '' }
  child.stdout!.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()))
  child.stderr!.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()))
  return {
    child,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    // Node emits no 'close' for a child whose IPC channel was disconnected.
    exited: Promise.all([once(child, 'exit'), once(child.stdout!, 'end'), once(child.stderr!, 'end')]).then(
      ([[code]]) => code as number | null,
    ),
    says: (wanted) => expect.poll(() => text.stdout).toContain(wanted),
  }
}

async function runWith(config: string, stdio?: 'pipe' | 'ipc'): Promise<Run> {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const file = join(directory.path, 'small.yaml')
  await writeFile(file, config)
  return run(['--config', file], stdio)
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s drains and ends with 0', async (signal) => {
  const service = await runWith('behaviour: well')
  await service.says('"msg":"started"')
  const { urls } = JSON.parse(service.stdout().trim().split('\n').at(-1)!) as { urls: { small: string } }
  expect(await (await fetch(urls.small)).text()).toBe('hello')
  service.child.kill(signal)
  expect(await service.exited).toBe(0)
  expect(service.stdout()).toContain('"msg":"in drain"')
  expect(service.stderr()).toBe('')
})

test('a second signal does not wait for the drain and ends with 1', async () => {
  const service = await runWith('behaviour: hangs-in-drain')
  await service.says('"msg":"started"')
  service.child.kill('SIGTERM')
  await service.says('"msg":"in drain"')
  service.child.kill('SIGINT')
  expect(await service.exited).toBe(1)
})

test('a signal during the start ends with 0', async () => {
  const service = await runWith('behaviour: waits-in-start')
  await service.says('"msg":"waiting"')
  service.child.kill('SIGTERM')
  expect(await service.exited).toBe(0)
})

test('it ends when the parent that holds its IPC channel goes away', async () => {
  const service = await runWith('behaviour: well', 'ipc')
  await service.says('"msg":"started"')
  service.child.disconnect()
  expect(await service.exited).toBe(0)
  expect(service.stdout()).toContain('the parent process went away')
})

test('wrong configuration ends with 2 and says all on stderr', async () => {
  const service = await runWith('behaviour: odd\ncolour: red')
  expect(await service.exited).toBe(2)
  expect(service.stderr()).toMatch(
    /^small\.yaml: \/behaviour: invalid option[^\n]+\nsmall\.yaml: \/colour: is not a known/,
  )
  expect(service.stdout()).toBe('')
})

test('a start that fails ends with 1 and logs why, without secrets', async () => {
  const service = await runWith('behaviour: fails')
  expect(await service.exited).toBe(1)
  expect(service.stdout()).toContain('no luck: Bearer [redacted]')
})

test('an error that nobody catches ends with 1 and is logged without secrets', async () => {
  const service = await runWith('behaviour: throws-later')
  expect(await service.exited).toBe(1)
  expect(service.stdout()).toContain('token [redacted]')
  expect(service.stdout() + service.stderr()).not.toContain('eyJzdWIi')
})

test('--help documents the options and the exit codes', async () => {
  const service = run(['--help'])
  expect(await service.exited).toBe(0)
  expect(service.stdout()).toMatch(/^Usage: small-service --config FILE\n/)
  expect(service.stdout()).toMatch(/\n {2}0 {2}.*\n {2}1 {2}.*\n {2}2 {2}/)
})

test.each([
  [[], 'the option --config FILE is missing'],
  [['--config'], '--config'],
  [['--conf', 'x'], '--conf'],
  [['stray'], 'stray'],
])('the command line %j is refused with 2', async (args, message) => {
  const service = run(args)
  expect(await service.exited).toBe(2)
  expect(service.stderr()).toContain(message)
  expect(service.stderr()).toContain('Usage: small-service')
})

test('with --wait a service says which file it waits for, and starts once it is there', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const file = join(directory.path, 'later', 'small.yaml')
  const service = run(['--config', file, '--wait'])
  await service.says(`waiting for ${file}, which is not there yet`)
  await mkdir(join(directory.path, 'later'))
  await writeFile(`${file}.new`, 'behaviour: well')
  await rename(`${file}.new`, file)
  await service.says('"msg":"started"')
  service.child.kill('SIGTERM')
  expect(await service.exited).toBe(0)
})

test('a service that waits for its configuration ends when it is asked to', async () => {
  const service = run(['--config', '/nonexistent/small.yaml', '--wait'])
  await service.says('waiting for /nonexistent/small.yaml')
  service.child.kill('SIGTERM')
  expect(await service.exited).toBe(0)
  expect(service.stderr()).toBe('')
})
