import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { openTls, readAll, type RunningGateway, startGateway } from './gateway.ts'
import { useWorkshop } from './use-workshop.ts'

const workshop = useWorkshop()

/** A TLS server that says its name and ends the connection. */
async function startServer(name: string, port = 0) {
  const { certificateFile, keyFile } = await workshop.serverPair('api.test')
  const pem = { cert: await readFile(certificateFile), key: await readFile(keyFile) }
  return startListening(
    createTlsServer(pem, (socket) => {
      socket.on('error', () => undefined)
      socket.end(name)
    }),
    port,
  )
}

async function startListening(server: Server, port = 0) {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)))
  server.on('tlsClientError', () => undefined)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  onTestFinished(stop)
  return { port: (server.address() as AddressInfo).port, stop }
}

async function startBalancer(
  ports: readonly number[],
  { intervalSeconds = 0.05, path }: { intervalSeconds?: number; path?: string } = {},
): Promise<RunningGateway> {
  const gateway = await startGateway({
    hosts: [
      {
        host: 'dex.test',
        tls: await workshop.serverPair('dex.test'),
        upstream: { service: 'dex', url: 'http://127.0.0.1:1' },
      },
      {
        host: 'api.test',
        passthrough: {
          service: 'kube-apiserver',
          endpoints: ports.map((port) => ({ port })),
          healthCheck: { intervalSeconds, timeoutSeconds: 0.5, ...(path === undefined ? {} : { path }) },
        },
      },
    ],
  })
  onTestFinished(() => gateway.drain())
  return gateway
}

/** Who answers a new connection. */
async function answer({ port }: RunningGateway): Promise<string> {
  const to = { port, ca: workshop.authority.certificatePem, serverName: 'api.test' }
  return readAll(await openTls(to))
}

const said = ({ log }: RunningGateway, message: string) =>
  log.filter(({ msg }) => String(msg).startsWith(message))

test('connections take turns', async () => {
  const [a, b] = [await startServer('a'), await startServer('b')]
  const gateway = await startBalancer([a.port, b.port])
  const answers = [await answer(gateway), await answer(gateway), await answer(gateway), await answer(gateway)]
  expect(answers.toSorted()).toEqual(['a', 'a', 'b', 'b'])
  expect(answers[0]).not.toBe(answers[1])
})

test('one that went down gets none, without a connection that fails, and gets its turns again when it is back', async () => {
  const [a, b] = [await startServer('a'), await startServer('b')]
  // So seldom that connections see it first, or the first check, in its midst.
  const gateway = await startBalancer([a.port, b.port], { intervalSeconds: 3600 })
  await a.stop()
  const answers = await Promise.all(Array.from({ length: 10 }, () => answer(gateway)))
  expect(new Set(answers)).toEqual(new Set(['b']))
  expect(said(gateway, 'an endpoint is down')).toMatchObject([
    {
      service: 'kube-apiserver',
      endpoint: `127.0.0.1:${a.port}`,
      reason: expect.stringMatching(/^ECONN(REFUSED|RESET)$/),
      up: 1,
    },
  ])

  const watched = await startBalancer([a.port, b.port])
  await expect.poll(() => said(watched, 'an endpoint is down')).toHaveLength(1)
  await startServer('a', a.port)
  await expect.poll(() => said(watched, 'an endpoint is up again')).toMatchObject([{ up: 2 }])
  expect([await answer(watched), await answer(watched)].toSorted()).toEqual(['a', 'b'])
})

test('one that takes connections but gives no handshake is down', async () => {
  const hanging = await startListening(createTcpServer())
  const b = await startServer('b')
  const gateway = await startBalancer([hanging.port, b.port])
  await expect
    .poll(() => said(gateway, 'an endpoint is down'))
    .toMatchObject([{ endpoint: `127.0.0.1:${hanging.port}`, reason: 'no TLS handshake within 0.5 s' }])
  const answers = await Promise.all(Array.from({ length: 6 }, () => answer(gateway)))
  expect(new Set(answers)).toEqual(new Set(['b']))
})

test('one that shakes hands but does not say that it is ready is down until it does', async () => {
  const { certificateFile, keyFile } = await workshop.serverPair('api.test')
  const pem = { cert: await readFile(certificateFile), key: await readFile(keyFile) }
  let status = 500
  const paths = new Set<string | undefined>()
  const starting = createHttpsServer(pem, (asked, answering) => {
    paths.add(asked.url)
    answering.writeHead(status).end()
  })
  const a = await startListening(starting)
  const hanging = await startListening(createHttpsServer(pem))
  const gateway = await startBalancer([a.port, hanging.port], { path: '/readyz' })
  await expect
    .poll(() => said(gateway, 'an endpoint is down').concat(said(gateway, 'no endpoint of')))
    .toEqual(
      expect.arrayContaining([
        expect.objectContaining({ reason: 'GET /readyz was answered 500' }),
        expect.objectContaining({ reason: 'no answer to GET /readyz within 0.5 s' }),
      ]),
    )
  status = 200
  await expect.poll(() => said(gateway, 'an endpoint is up again')).toMatchObject([{ up: 1 }])
  expect(paths).toEqual(new Set(['/readyz']))
})

test('where all are down the log says so once, connections end at once, and come through when one is back', async () => {
  const [a, b] = [await startServer('a'), await startServer('b')]
  const gateway = await startBalancer([a.port, b.port])
  await Promise.all([a.stop(), b.stop()])
  await expect.poll(() => said(gateway, 'no endpoint of kube-apiserver is up')).toMatchObject([{ up: 0 }])
  await expect(answer(gateway)).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR' })
  await expect
    .poll(() => said(gateway, 'kube-apiserver could not be reached'))
    .toMatchObject([{ error: 'upstream: no endpoint is up' }])
  const metrics = await (await fetch(`${gateway.operations}/metrics`)).text()
  expect(metrics).toContain('gatehouse_gateway_endpoints_up{service="kube-apiserver"} 0')
  await startServer('b', b.port)
  await expect.poll(() => said(gateway, 'an endpoint is up again')).toHaveLength(1)
  expect(await answer(gateway)).toBe('b')
})
