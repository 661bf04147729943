import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { askControl, serveControl } from '../src/control.ts'
import type { StackStatus } from '../src/status.ts'

let directory: string
let socket: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-control-'))
  socket = join(directory, 'control.sock')
})
afterEach(() => rm(directory, { recursive: true }))

const status = { name: 'default', pid: 42, phase: 'running' } as StackStatus
const handlers = { status: () => status, stop: () => Promise.resolve() }

test('another process learns the state', async () => {
  await using _control = await serveControl(socket, handlers)
  expect(await askControl(socket, 'GET', '/status')).toEqual(status)
})

test('a stop is answered when everything has ended', async () => {
  const ended = Promise.withResolvers<void>()
  await using _control = await serveControl(socket, { ...handlers, stop: () => ended.promise })
  let answered = false
  const asked = askControl(socket, 'POST', '/stop').then(() => (answered = true))
  await askControl(socket, 'GET', '/status')
  expect(answered).toBe(false)
  ended.resolve()
  await asked
})

test('a second owner is refused while the first one lives', async () => {
  await using _control = await serveControl(socket, handlers)
  await expect(serveControl(socket, handlers)).rejects.toMatchObject({
    code: 'ERR_ALREADY_RUNNING',
    message: expect.stringContaining('process 42'),
  })
})

test('the socket of an owner that was killed is taken over', async () => {
  const script = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', script])
  expect((await stat(socket)).isSocket()).toBe(true)
  await using _control = await serveControl(socket, handlers)
  expect(await askControl(socket, 'GET', '/status')).toEqual(status)
})

test('a path that is too long for a socket is explained', async () => {
  await expect(serveControl(join(directory, 'x'.repeat(100)), handlers)).rejects.toThrow(
    /GATEHOUSE_STATE_DIR/,
  )
})
