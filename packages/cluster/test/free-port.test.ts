import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { firstFree, freePort } from '../src/free-port.ts'
import { claimPort, isClaimed, releasePorts } from '../src/port-claims.ts'

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

test('a port that a stack has claimed, and does not listen on yet, is given to nobody else', async () => {
  onTestFinished(() => releasePorts('/a-stack'))
  // get-port gives no port a second time for a while, so each question has ports of its own.
  const first = randomInt(10_000, 29_000)
  const [claimed, other, own] = [first, first + 1, first + 2]
  for (const port of [claimed, own]) {
    expect(await isClaimed(port)).toBe(false)
    expect(await claimPort(port, '/a-stack')).toBe(true)
    expect(await isClaimed(port)).toBe(true)
  }
  expect(await firstFree({ wanted: [], others: [claimed, other], exclude: [] })).toBe(other)
  expect(await firstFree({ wanted: [own], others: [other], exclude: [] })).toBe(own)
  releasePorts('/a-stack')
  await expect.poll(() => isClaimed(claimed)).toBe(false)
})
