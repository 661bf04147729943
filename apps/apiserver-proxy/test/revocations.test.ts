import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Client, openClient } from './fixtures/client.ts'
import { type ProxyFixture, startProxyFixture } from './fixtures/proxy.ts'
import { respond, switchTo } from './fixtures/upstream.ts'

let directory: string
let file: string
let fixture: ProxyFixture
let reads = 0
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-proxy-revocations-'))
  file = join(directory, 'revocations.yaml')
  await writeFile(file, '')
  fixture = await startProxyFixture({ revocations: { file } })
})
beforeEach(async () => {
  fixture.upstream.received.length = 0
  fixture.upstream.answer = ({ socket }) => respond(socket, 200, '{}')
})
afterEach(() => revoke([]))
afterAll(async () => {
  await fixture[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

const logged = (message: string) => fixture.log().filter(({ msg }) => msg === message)

/** Replaces the file at once, as an editor or Kubernetes does, and waits until the proxy has read it. */
async function revoke(revocations: object[]): Promise<void> {
  const text = JSON.stringify({ revocations })
  if (text === lastText) return
  lastText = text
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
  reads++
  await expect.poll(() => logged('the changed list of revocations is in use')).toHaveLength(reads)
}
let lastText = JSON.stringify({ revocations: [] })

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\n{auth}\r\n`
const alice = { user: 'alice@kyma.cx' }

async function statusOn({ socket, received, token }: Client): Promise<string> {
  received.text = ''
  socket.write(get('/version').replace('{auth}', `Authorization: Bearer ${token}\r\n`))
  await expect.poll(() => received.text).toMatch(/^HTTP\/1.1 \d+[^]*\}$/)
  return received.text.split(' ')[1]!
}

describe('a request', () => {
  test('is 401 from then on, on the connection that was let through before, too, until that is undone', async () => {
    const client = await openClient(fixture, get('/version'))
    await expect.poll(() => client.received.text).toContain('200')
    await revoke([alice])
    expect(await statusOn(client)).toBe('401')
    expect(client.received.text).toContain('the token was revoked')
    await revoke([])
    expect(await statusOn(client)).toBe('200')
    client.socket.destroy()
  })

  test('of a token that is issued afterwards is let through, where only the older ones are revoked', async () => {
    const now = Math.floor(Date.now() / 1000)
    const old = await openClient(fixture, get('/version'), { iat: now - 60 })
    const fresh = await openClient(fixture, get('/version'), { iat: now })
    await revoke([{ ...alice, issuedBefore: new Date((now - 30) * 1000).toISOString() }])
    expect(await statusOn(old)).toBe('401')
    expect(await statusOn(fresh)).toBe('200')
    for (const { socket } of [old, fresh]) socket.destroy()
  })

  test('of one stolen token is 401, and its user goes on with another', async () => {
    const stolen = await openClient(fixture, get('/version'), { jti: 'stolen' })
    const other = await openClient(fixture, get('/version'), { jti: 'other' })
    await revoke([{ tokenId: 'stolen' }])
    expect(await statusOn(stolen)).toBe('401')
    expect(await statusOn(other)).toBe('200')
    for (const { socket } of [stolen, other]) socket.destroy()
  })
})

describe('a stream ends, and the log says why', () => {
  const upgrade = (protocol: string) =>
    `GET /api/v1/namespaces/a/pods/b/exec HTTP/1.1\r\nHost: x\r\n{auth}Connection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n`
  const open = async (bytes: string, claims = {}) => {
    const before = fixture.upstream.received.length
    const client = await openClient(fixture, bytes, claims)
    await expect.poll(() => fixture.upstream.received).toHaveLength(before + 1)
    return client
  }
  const ends = (status: number) =>
    logged('request').filter((line) => line['status'] === status && line['reason'] === 'token revoked').length

  test('a watch cleanly, that of somebody else not at all', async () => {
    fixture.upstream.answer = ({ socket }) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')
    const watch = await open(get('/api/v1/pods?watch=1'))
    const others = await open(get('/api/v1/pods?watch=1'), { email: 'bob@kyma.cx' })
    await expect.poll(() => others.received.text).toContain('{}')
    await revoke([alice])
    await expect.poll(() => watch.received.text).toContain('\r\n0\r\n\r\n')
    await expect.poll(() => ends(200)).toBe(1)
    expect(others.received).toMatchObject({ hasEnded: false, text: expect.not.stringContaining('\r\n0\r\n') })
    for (const { socket } of [watch, others]) socket.destroy()
  })

  test('a log abruptly', async () => {
    fixture.upstream.answer = ({ socket }) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')
    const log = await open(get('/api/v1/namespaces/a/pods/b/log?follow=true'))
    await expect.poll(() => log.received.text).toContain('{}')
    await revoke([alice])
    await expect.poll(() => log.received.hasEnded).toBe(true)
    expect(log.received.text).not.toContain('\r\n0\r\n\r\n')
  })

  test('a WebSocket of exec with a Status on channel 3', async () => {
    fixture.upstream.answer = ({ socket }) =>
      switchTo(socket, 'websocket', 'Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n')
    const exec = await open(upgrade('websocket'))
    await expect.poll(() => exec.received.text).toContain('101')
    await revoke([alice])
    await expect.poll(() => exec.received.hasEnded).toBe(true)
    expect(exec.received.text).toContain('\x03{"kind":"Status"')
    expect(exec.received.text).toContain('"message":"the token was revoked","reason":"Unauthorized"')
    await expect.poll(() => ends(101)).toBe(1)
  })

  test('SPDY at once, on both sides', async () => {
    fixture.upstream.answer = ({ socket }) => switchTo(socket, 'SPDY/3.1')
    const exec = await open(upgrade('SPDY/3.1'))
    await expect.poll(() => exec.received.text).toContain('101')
    await revoke([alice])
    await expect.poll(() => exec.received.hasEnded).toBe(true)
    await expect.poll(() => fixture.upstream.received[0]?.socket.destroyed).toBe(true)
  })

  test('also when its user is revoked while the API server still thinks', async () => {
    fixture.upstream.answer = () => undefined
    const exec = await open(upgrade('SPDY/3.1'))
    await revoke([alice])
    switchTo(fixture.upstream.received[0]!.socket, 'SPDY/3.1')
    await expect.poll(() => exec.received.hasEnded).toBe(true)
    await expect.poll(() => fixture.upstream.received[0]?.socket.destroyed).toBe(true)
  })
})

test('a file that is broken or gone lets nobody back in, and is told once', async () => {
  await revoke([alice])
  await writeFile(file, 'revocations: [{usr: alice}]')
  await expect
    .poll(() => logged('the new list of revocations is not usable; the old one stays'))
    .toHaveLength(1)
  const client = await openClient(fixture, get('/version'))
  await expect.poll(() => client.received.text).toContain('HTTP/1.1 401')
  await rm(file)
  await expect
    .poll(() => logged('the new list of revocations is not usable; the old one stays'))
    .toHaveLength(2)
  expect(await statusOn(client)).toBe('401')
  client.socket.destroy()
})

test('a file that is not there at the start is an error of the configuration', async () => {
  const missing = { file: join(directory, 'missing.yaml') }
  await expect(startProxyFixture({ revocations: missing })).rejects.toThrow(/missing\.yaml.*no such file/)
})
