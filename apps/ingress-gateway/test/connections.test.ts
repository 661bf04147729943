import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Connections } from '../src/connections.ts'

test('open connections are counted by what is done with them, whatever becomes of them', async () => {
  let counts: Readonly<Record<string, number>> = {}
  const connections = new Connections((now) => (counts = { ...now }))
  const [first, second, third] = [new Socket(), new Socket(), new Socket()]
  for (const socket of [first, second, third]) connections.add(socket, 'opening')
  connections.become(second, 'terminated')
  connections.become(third, 'passthrough')
  connections.become(third, 'terminated')
  expect(counts).toEqual({ opening: 1, terminated: 2, passthrough: 0, http: 0 })
  second.destroy()
  await expect.poll(() => counts).toEqual({ opening: 1, terminated: 1, passthrough: 0, http: 0 })
  // One that is gone already is not counted again.
  connections.become(second, 'passthrough')
  expect(counts).toEqual({ opening: 1, terminated: 1, passthrough: 0, http: 0 })
  await connections.drain(0)
  expect(counts).toEqual({ opening: 0, terminated: 0, passthrough: 0, http: 0 })
  expect([first, third].map((socket) => socket.destroyed)).toEqual([true, true])
})
