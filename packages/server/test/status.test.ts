import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { closeGracefully, listen, serverOptions, status, writeStatus } from '../src/index.ts'

async function serve(handler: RequestListener) {
  const server = createServer(serverOptions, handler)
  const address = await listen(server, { host: '127.0.0.1', port: 0 })
  return { url: `http://${address}`, [Symbol.asyncDispose]: () => closeGracefully(server, 0) }
}

const forbidden = status({
  code: 403,
  reason: 'Forbidden',
  message: 'pods is forbidden: User "x" cannot list resource "pods"',
  details: { kind: 'pods' },
})

test('a Status is what Kubernetes clients expect', async () => {
  await using server = await serve((_, response) => writeStatus(response, forbidden, { 'Audit-Id': 'a1' }))
  const answer = await fetch(server.url)
  expect(answer.status).toBe(403)
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('audit-id')).toBe('a1')
  expect(await answer.json()).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'pods is forbidden: User "x" cannot list resource "pods"',
    reason: 'Forbidden',
    details: { kind: 'pods' },
    code: 403,
  })
})

test('HEAD gets the head of the answer alone', async () => {
  await using server = await serve((_, response) => writeStatus(response, forbidden))
  const answer = await fetch(server.url, { method: 'HEAD' })
  expect(answer.status).toBe(403)
  expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0)
  expect(await answer.text()).toBe('')
})

test('an answer that has begun is cut, not continued with a Status', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'Content-Length': 100 })
    response.write('{"kind":"PodList"')
    setImmediate(() => writeStatus(response, forbidden))
  })
  const answer = await fetch(server.url)
  expect(answer.status).toBe(200)
  await expect(answer.text()).rejects.toThrow('terminated')
})

test('a taken port is named, with what to do', async () => {
  const first = createServer()
  first.listen(0, '127.0.0.1')
  await once(first, 'listening')
  const { port } = first.address() as { port: number }
  await expect(listen(createServer(), { host: '127.0.0.1', port })).rejects.toMatchObject({
    code: 'ERR_LISTEN',
    message: `cannot listen on 127.0.0.1:${port}: another process listens there; stop it or choose another port`,
  })
  first.close()
})
