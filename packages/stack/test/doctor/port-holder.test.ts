import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { parseListeningSockets, portStates, shorten } from '../../src/doctor/port-holder.ts'

async function listen(host: string) {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, [Symbol.asyncDispose]: async () => void (await new Promise((r) => server.close(r))) }
}

test.each(['127.0.0.1', '0.0.0.0'])('a port that is taken on %s is held', async (host) => {
  await using taken = await listen(host)
  expect(await portStates([taken.port])).toMatchObject([{ state: 'held' }])
})

test('on Linux the holder is named, with whom it descends from', async ({ skip }) => {
  skip(process.platform !== 'linux', 'there is no /proc here')
  await using taken = await listen('127.0.0.1')
  await using other = await listen('127.0.0.1')
  const held = {
    state: 'held',
    holder: {
      pid: process.pid,
      uid: process.getuid?.(),
      command: expect.stringMatching(/^node/),
      ancestry: expect.arrayContaining([process.pid, process.ppid]),
    },
  }
  expect(await portStates([taken.port, other.port])).toEqual([held, held])
})

test('a port is free again when its holder ends, and asking does not take it', async () => {
  const taken = await listen('127.0.0.1')
  await taken[Symbol.asyncDispose]()
  expect(await portStates([taken.port])).toEqual([{ state: 'free' }])
  expect(await portStates([taken.port])).toEqual([{ state: 'free' }])
})

test('listening sockets are read from the table of the kernel, others are not', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:15B4 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0',
    '   1: 0100007F:15B4 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4343 1 0 20 4 30 10 -1',
    '',
  ].join('\n')
  expect(parseListeningSockets(table)).toEqual([{ port: 5556, uid: 1000, inode: '4242' }])
  expect(parseListeningSockets('')).toEqual([])
})

test.each([
  ['/usr/bin/node\0/srv/main.ts\0--config\0x.yaml\0', 'node /srv/main.ts --config x.yaml'],
  ['', ''],
  [`/bin/x\0${'y'.repeat(200)}\0`, `x ${'y'.repeat(77)}…`],
])('the command line %j is shown as %j', (raw, shown) => {
  expect(shorten(raw)).toBe(shown)
})
