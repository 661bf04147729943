import { createLogger } from '@gatehouse/server'
import { decodeProtectedHeader } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { openKeyRing } from '../src/keys/key-ring.ts'
import { openMemoryStorage } from '../src/storage/memory.ts'
import { createIssuerClock } from '../src/time/clock.ts'

const logger = createLogger({ name: 'test', level: 'silent' })
const issuer = 'https://dex.example.test'
const policy = { signingKeys: 3600, idTokens: 3600 }

/** Replicas of dex that share what is stored. */
async function openReplicas(count: number) {
  const storage = openMemoryStorage()
  const open = async () => {
    const ring = await openKeyRing(storage, policy, logger, createIssuerClock())
    onTestFinished(() => ring[Symbol.asyncDispose]())
    return ring
  }
  return Promise.all(Array.from({ length: count }, open))
}

const claims = () => ({ iss: issuer, sub: 's', aud: 'a', exp: Math.floor(Date.now() / 1000) + 600 })
const kids = async (ring: Awaited<ReturnType<typeof openReplicas>>[number]) =>
  (await ring.publish()).jwks.keys.map(({ kid }) => kid)

test('replicas that start at once have one key', async () => {
  const rings = await openReplicas(3)
  const published = await Promise.all(rings.map(kids))
  expect(new Set(published.flat()).size).toBe(1)
})

test('a token that one replica signed after a rotation is good at the other', async () => {
  const [first, second] = await openReplicas(2)
  const before = await first!.sign(claims())
  await first!.rotateNow()
  const after = await first!.sign(claims())
  expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid)
  expect(await second!.verify(before, issuer)).toMatchObject({ sub: 's' })
  await expect.poll(() => second!.verify(after, issuer).catch(() => undefined)).toMatchObject({ sub: 's' })
})

test('every replica publishes what another has rotated, at once', async () => {
  const [first, second] = await openReplicas(2)
  await first!.rotateNow()
  expect(await kids(second!)).toEqual(await kids(first!))
  expect(await kids(first!)).toHaveLength(2)
})

test('replicas that rotate at once make one new key', async () => {
  const rings = await openReplicas(3)
  await Promise.all(rings.map((ring) => ring.rotateNow()))
  const published = await kids(rings[0]!)
  expect(published).toHaveLength(2)
  for (const ring of rings) expect(await kids(ring)).toEqual(published)
})

test('keys that one replica has lost are lost for all', async () => {
  const [first, second] = await openReplicas(2)
  const token = await first!.sign(claims())
  await first!.loseNow()
  await second!.publish()
  await expect(second!.verify(token, issuer)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
})
