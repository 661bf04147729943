import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openClient } from './fixtures/client.ts'
import { type ProxyFixture, startProxyFixture } from './fixtures/proxy.ts'
import { openRaw } from './fixtures/raw-client.ts'
import { respond } from './fixtures/upstream.ts'

let fixture: ProxyFixture
beforeEach(async () => {
  fixture = await startProxyFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\n{auth}\r\n`
const logged = (message: string) => fixture.log().filter(({ msg }) => msg === message)

/** The serial number of the certificate that a new connection is shown. */
async function serialNumber(): Promise<string> {
  const socket = await openRaw(fixture.url, fixture.ca)
  const { raw } = socket.getPeerCertificate()
  socket.destroy()
  return new X509Certificate(raw).serialNumber
}

/** A watch that has begun; `event` lets the API server send one more. */
async function startWatch() {
  fixture.upstream.answer = ({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')
  const client = await openClient(fixture, get('/api/v1/pods?watch=1'))
  await expect.poll(() => client.received.text).toContain('{}')
  const { socket } = fixture.upstream.received.at(-1)!
  fixture.upstream.answer = (request) => respond(request.socket, 200, '{}')
  return { ...client, event: () => socket.write('7\r\n"again"\r\n') }
}

test('a renewed certificate is shown to new connections, and old ones go on', async () => {
  const before = await serialNumber()
  const watch = await startWatch()
  await fixture.surroundings.renewCertificate()
  await expect.poll(serialNumber).not.toBe(before)
  watch.event()
  await expect.poll(() => watch.received.text).toContain('"again"')
  expect(watch.received.hasEnded).toBe(false)
  watch.socket.destroy()
})

test('a new credential of the proxy is used by the next request, and streams go on with the old one', async () => {
  const watch = await startWatch()
  const client = await openClient(fixture, get('/version'))
  await expect.poll(() => client.received.text).toContain('200')
  await fixture.surroundings.writeUpstream(fixture.upstream.server, 'renewed-token')
  await expect.poll(() => logged('the changed upstream kubeconfig is in use')).toHaveLength(1)
  client.socket.write(get('/version').replace('{auth}', `Authorization: Bearer ${client.token}\r\n`))
  await expect
    .poll(() => fixture.upstream.received.at(-1)?.all('authorization'))
    .toEqual(['Bearer renewed-token'])
  watch.event()
  await expect.poll(() => watch.received.text).toContain('"again"')
  expect([watch, client].map(({ received }) => received.hasEnded)).toEqual([false, false])
  for (const { socket } of [watch, client]) socket.destroy()
})

test('a kubeconfig that can’t be used changes nothing, and the log says why', async () => {
  await fixture.surroundings.writeUpstream('https://127.0.0.1:1/with/a/path', 'x')
  await expect
    .poll(() => logged('the new upstream kubeconfig is not usable; the old one stays').length)
    .toBeGreaterThan(0)
  const client = await openClient(fixture, get('/version'))
  await expect.poll(() => client.received.text).toContain('200')
  expect(fixture.upstream.received.at(-1)?.all('authorization')).toEqual(['Bearer proxy-own-token'])
  client.socket.destroy()
})
