import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { openTls, parseAnswer, readAll, recordHello, type RunningGateway, startGateway } from './gateway.ts'
import { startUpstream } from './upstream.ts'
import { useWorkshop } from './use-workshop.ts'

const workshop = useWorkshop()

async function withPassthrough(port: number, limits = {}): Promise<RunningGateway> {
  return startGateway({
    hosts: [
      {
        host: 'dex.test',
        tls: await workshop.serverPair('dex.test'),
        upstream: { service: 'dex', url: 'http://127.0.0.1:1' },
      },
      { host: 'apiserver.test', passthrough: { service: 'apiserver-proxy', port } },
    ],
    limits,
  })
}

/** A TLS server that asks for client certificates and gives back what it gets. */
async function startApiserver(onConnection: (socket: TLSSocket) => void) {
  const { certificateFile, keyFile } = await workshop.serverPair('apiserver.test')
  const server = createTlsServer(
    {
      cert: await readFile(certificateFile),
      key: await readFile(keyFile),
      ca: workshop.authority.certificatePem,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2', 'http/1.1'],
      allowHalfOpen: true,
    },
    onConnection,
  )
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

async function clientPair() {
  const files = await workshop.authority.issueClientCertificate({
    directory: join(workshop.directory, 'clients'),
    name: 'jane',
    commonName: 'jane',
    organizations: ['developers'],
  })
  return { cert: await readFile(files.certificateFile), key: await readFile(files.keyFile) }
}

test('client certificate, ALPN and every byte go end to end', async () => {
  const seen: unknown[] = []
  await using server = await startApiserver((socket) => {
    const { subject } = socket.getPeerCertificate()
    seen.push(subject.CN, subject.O, socket.alpnProtocol, socket.authorized)
    socket.pipe(socket)
  })
  await using gateway = await withPassthrough(server.port)
  const to = { port: gateway.port, ca: workshop.authority.certificatePem, serverName: 'apiserver.test' }
  const socket = await openTls(to, { ...(await clientPair()), ALPNProtocols: ['h2'] })
  expect(socket.getPeerCertificate().subjectaltname).toBe('DNS:apiserver.test')
  const sent = Buffer.alloc(3_000_000, 'gatehouse ')
  socket.end(sent)
  const received = Buffer.from(await readAll(socket))
  expect(received.equals(sent)).toBe(true)
  expect(seen).toEqual(['jane', 'developers', 'h2', true])
  await expect
    .poll(() => gateway.log.find((line) => line['msg'] === 'passthrough'))
    .toMatchObject({
      host: 'apiserver.test',
      service: 'apiserver-proxy',
      connected: true,
    })
  const { bytesFromClient, bytesToClient } = gateway.log.find((line) => line['msg'] === 'passthrough')!
  expect(Number(bytesFromClient)).toBeGreaterThan(sent.length)
  expect(Number(bytesToClient)).toBeGreaterThan(sent.length)
})

test('a client without the certificate is refused by the service, not by us', async () => {
  await using server = await startApiserver((socket) => void socket.resume())
  await using gateway = await withPassthrough(server.port)
  const to = { port: gateway.port, ca: workshop.authority.certificatePem, serverName: 'apiserver.test' }
  const refused = openTls(to, { maxVersion: 'TLSv1.2' })
  await expect(refused).rejects.toMatchObject({
    code: expect.stringMatching(/HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED|ECONNRESET/),
  })
})

test('a service that ends its connection ends the client’s', async () => {
  await using server = await startApiserver((socket) => {
    socket.end('bye')
    socket.resume()
  })
  await using gateway = await withPassthrough(server.port)
  const to = { port: gateway.port, ca: workshop.authority.certificatePem, serverName: 'apiserver.test' }
  const socket = await openTls(to, await clientPair())
  expect(await readAll(socket)).toBe('bye')
})

test('a client that vanishes ends the connection to the service', async () => {
  const arrived = Promise.withResolvers<Buffer>()
  const gone = Promise.withResolvers<string>()
  const service = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', arrived.resolve)
    socket.on('error', () => undefined)
    socket.once('close', () => gone.resolve('closed'))
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  await using gateway = await withPassthrough((service.address() as AddressInfo).port)
  const hello = await recordHello('apiserver.test')
  const client = connect(gateway.port, '127.0.0.1', () => client.write(hello))
  expect(await arrived.promise).toEqual(hello)
  client.resetAndDestroy()
  expect(await gone.promise).toBe('closed')
  await new Promise((resolve) => service.close(resolve))
})

test('a service that is down is a TLS alert, and the log says which', async () => {
  const down = await startUpstream(undefined, '')
  await down[Symbol.asyncDispose]()
  await using gateway = await withPassthrough(down.port)
  const to = { port: gateway.port, ca: workshop.authority.certificatePem, serverName: 'apiserver.test' }
  await expect(openTls(to)).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR' })
  await expect
    .poll(() => gateway.log.find((line) => line['connected'] === false))
    .toMatchObject({
      service: 'apiserver-proxy',
      error: 'upstream: ECONNREFUSED',
      msg: 'apiserver-proxy could not be reached',
    })
})

test('HTTP inside a terminated connection can’t reach a passthrough host', async () => {
  const reached: string[] = []
  const spy = createServer((socket) => {
    reached.push('connection')
    socket.destroy()
  })
  await new Promise<void>((resolve) => spy.listen(0, '127.0.0.1', resolve))
  await using gateway = await withPassthrough((spy.address() as AddressInfo).port)
  const socket = await openTls({
    port: gateway.port,
    ca: workshop.authority.certificatePem,
    serverName: 'dex.test',
  })
  socket.write('GET /api HTTP/1.1\r\nHost: apiserver.test\r\nConnection: close\r\n\r\n')
  expect(parseAnswer(await readAll(socket)).code).toBe(421)
  expect(reached).toEqual([])
  await new Promise((resolve) => spy.close(resolve))
})

test('bytes that are not TLS reach no service', async () => {
  const reached: string[] = []
  const spy = createServer((socket) => {
    reached.push('connection')
    socket.destroy()
  })
  await new Promise<void>((resolve) => spy.listen(0, '127.0.0.1', resolve))
  await using gateway = await withPassthrough((spy.address() as AddressInfo).port)
  for (const bytes of [
    Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]),
    Buffer.from([0, 1, 2]),
    Buffer.from('apiserver.test'),
  ]) {
    const socket = connect(gateway.port, '127.0.0.1', () => socket.write(bytes))
    // A fatal alert, decode_error.
    expect(Buffer.from(await readAll(socket), 'utf8').subarray(0, 2)).toEqual(Buffer.from([21, 3]))
  }
  expect(reached).toEqual([])
  await new Promise((resolve) => spy.close(resolve))
})
