import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'

const MODULE = join(import.meta.dirname, '../src/follow-logs.ts')

/** A process of its own, as whoever reads a pipe sees it. */
async function follow(content: string) {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-logs-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'proxy.log')
  await writeFile(file, content)
  const script = `await (await import(${JSON.stringify(MODULE)})).followLogs([${JSON.stringify(file)}], 2, process.stdout)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stderr.resume()
  // Comes when every process has ended that inherited its stderr, too.
  const exit = once(child, 'close')
  onTestFinished(async () => {
    child.kill()
    await exit
  })
  return { child, exit, file, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

test('lines that come later are shown, too, and none of them can control the terminal', async () => {
  const { lines, file } = await follow('one\ntwo\nthree \u001b[2J\u202e\n')
  expect((await lines.next()).value).toBe('two')
  expect((await lines.next()).value).toBe(String.raw`three \u001b[2J\u202e`)
  await appendFile(file, '{"user":"a\u009bb\u200b"}\n')
  expect((await lines.next()).value).toBe(String.raw`{"user":"a\u009bb\u200b"}`)
})

test('SIGTERM ends it, and leaves no process behind that follows on', async () => {
  const { child, exit, lines } = await follow('one\n')
  await lines.next()
  child.kill()
  expect(await exit).toEqual([0, null])
})

test('it ends without a word when nobody reads any more', async () => {
  const { child, exit, lines, file } = await follow('one\n')
  await lines.next()
  child.stdout.destroy()
  // A reader that went away is noticed by who writes.
  await appendFile(file, 'two\n')
  await appendFile(file, 'three\n')
  expect(await exit).toEqual([0, null])
})
