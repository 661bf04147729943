import { describe, expect, test } from 'vitest'
import { createAdapterFactory } from '../src/provider/adapter.ts'
import { openMemoryStorage } from '../src/storage/memory.ts'
import { createIssuerClock } from '../src/time/clock.ts'

function open(kind: string, reuseInterval = 0) {
  const storage = openMemoryStorage()
  return {
    storage,
    adapter: createAdapterFactory(storage, { reuseInterval, clock: createIssuerClock() })(kind),
  }
}

/** How many of several calls at once succeeded. */
async function succeeded(calls: readonly Promise<unknown>[]): Promise<number> {
  const results = await Promise.allSettled(calls)
  return results.filter(({ status }) => status === 'fulfilled').length
}

describe.each(['AuthorizationCode', 'RefreshToken'])('a %s', (kind) => {
  test('that two have found unused is consumed by one', async () => {
    const { adapter } = open(kind)
    await adapter.upsert('id', { grantId: 'g' }, 60)
    const found = await Promise.all([adapter.find('id'), adapter.find('id')])
    expect(found).toEqual([{ grantId: 'g' }, { grantId: 'g' }])
    expect(await succeeded([adapter.consume('id'), adapter.consume('id')])).toBe(1)
    await expect(adapter.consume('id')).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
  })
})

test('a used code is found as used, so that its second use can end what the first gave', async () => {
  const { adapter } = open('AuthorizationCode')
  await adapter.upsert('id', { grantId: 'g' }, 60)
  await adapter.consume('id')
  expect(await adapter.find('id')).toEqual({ grantId: 'g', consumed: expect.any(Number) })
})

test('a used refresh token leaves nothing behind', async () => {
  const { adapter, storage } = open('RefreshToken')
  await adapter.upsert('id', { grantId: 'g' }, 60)
  await adapter.consume('id')
  expect(await adapter.find('id')).toBeUndefined()
  expect(await storage.get('RefreshToken', 'id')).toBeUndefined()
})

test('a used refresh token is found unused in its reuse interval', async () => {
  const { adapter } = open('RefreshToken', 60)
  await adapter.upsert('id', { grantId: 'g' }, 60)
  await adapter.consume('id')
  expect(await adapter.find('id')).toEqual({ grantId: 'g' })
  expect(await succeeded([adapter.consume('id'), adapter.consume('id')])).toBe(2)
})

describe('an authorization request', () => {
  test('is answered by one of two who have found it, also when the other writes it again', async () => {
    const { adapter } = open('Interaction')
    await adapter.upsert('id', { jti: 'id' }, 60)
    expect(await Promise.all([adapter.find('id'), adapter.find('id')])).toEqual([
      { jti: 'id' },
      { jti: 'id' },
    ])
    await adapter.destroy('id')
    await adapter.upsert('id', { jti: 'id' }, 60)
    await expect(adapter.destroy('id')).rejects.toMatchObject({ status: 400 })
    expect(await adapter.find('id')).toBeUndefined()
  })
})

test('sessions and access tokens are not written down', async () => {
  for (const kind of ['Session', 'AccessToken']) {
    const { adapter, storage } = open(kind)
    await adapter.upsert('id', { accountId: 'a' }, 60)
    expect.soft(await storage.get(kind, 'id'), kind).toBeUndefined()
  }
})

test('a grant that ends takes along who logged in', async () => {
  const { adapter, storage } = open('Grant')
  await adapter.upsert('g', { accountId: 'a' }, 60)
  await storage.put('Identity', 'g', { value: {} })
  await adapter.destroy('g')
  expect(await storage.get('Grant', 'g')).toBeUndefined()
  expect(await storage.get('Identity', 'g')).toBeUndefined()
})
