import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../src/free-port.ts'

test('ports are below those that systems give to connections, and free', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()))
  expect(ports.filter((port) => port < 10_000 || port >= 32_768)).toEqual([])
  for (const port of ports) {
    const server = createServer().listen(port, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    expect((server.address() as AddressInfo).port).toBe(port)
  }
})

test('a port that is not to be given is not given', async () => {
  const all = Array.from({ length: 65_535 }, (_, index) => index + 1)
  const port = await freePort(all.filter((one) => one < 10_000 || one >= 30_000))
  expect(port).toBeGreaterThanOrEqual(10_000)
  expect(port).toBeLessThan(30_000)
})
