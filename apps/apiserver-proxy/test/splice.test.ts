import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { splice } from '../src/splice.ts'

/** A client's connection that takes nothing until `release`, and everything from then on. */
function blockedClient() {
  let text = ''
  let waiting: (() => void) | undefined
  let isReleased = false
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      const take = () => {
        text += chunk.toString('latin1')
        done()
      }
      if (isReleased) setImmediate(take)
      else waiting = take
    },
  })
  return {
    stream,
    text: () => text,
    isWaiting: () => waiting !== undefined,
    release() {
      isReleased = true
      waiting?.()
    },
  }
}

const upstreamConnection = () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
/** A whole frame: what follows stands at a boundary. */
const FRAME = Buffer.from([0x82, 0x02, 0x01, 0x78])

test('a client that takes its bytes slowly still hears why its stream ends', async () => {
  const client = blockedClient()
  const upstream = upstreamConnection()
  const joined = splice(client.stream, upstream, { statusChannel: true })
  upstream.push(FRAME)
  await expect.poll(client.isWaiting).toBe(true)
  joined.end('token expired')
  await expect.poll(() => upstream.destroyed).toBe(true)
  setImmediate(() => client.release())
  await expect.poll(() => client.stream.destroyed).toBe(true)
  expect(client.text()).toContain('\x01x')
  expect(client.text()).toContain('"reason":"Unauthorized"')
})

test('a client that takes nothing more is cut all the same', async () => {
  const client = blockedClient()
  const joined = splice(client.stream, upstreamConnection(), { statusChannel: true })
  joined.end('shutdown')
  await expect.poll(() => client.stream.destroyed, { timeout: 5000 }).toBe(true)
})
