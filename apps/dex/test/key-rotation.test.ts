import { describe, expect, test } from 'vitest'
import { cacheSeconds, publicKeys, rotate, type StoredKeys } from '../src/keys/rotation.ts'

describe('key rotation', () => {
  const policy = { signingKeys: 100, idTokens: 1000 }
  const pair = (kid: string) => ({ privateJwk: { kid, d: 'x' }, publicJwk: { kid } })
  const kids = (keys: StoredKeys, now: number) => publicKeys(keys, now).map(({ kid }) => kid)

  test('keeps a key until the last token that it signed has expired', () => {
    const first = rotate(undefined, pair('1'), policy, 0)
    expect(first).toMatchObject({ rotateAt: 100, retired: [] })
    const second = rotate(first, pair('2'), policy, 100)
    expect(kids(second, 1099)).toEqual(['2', '1'])
    expect(kids(second, 1100)).toEqual(['2'])
    const third = rotate(second, pair('3'), policy, 200)
    expect(kids(third, 200)).toEqual(['3', '2', '1'])
    expect(rotate(third, pair('4'), policy, 1150).retired.map(({ publicJwk }) => publicJwk.kid)).toEqual([
      '3',
      '2',
    ])
  })

  test('publishes no private key', () => {
    const keys = rotate(rotate(undefined, pair('1'), policy, 0), pair('2'), policy, 100)
    expect(publicKeys(keys, 100).every((jwk) => !('d' in jwk))).toBe(true)
  })

  test.each([
    [0, 6000, 6000],
    [5950, 6000, 120],
    [7000, 6000, 120],
  ])('at %d with a rotation at %d they may be cached for %d seconds', (now, rotateAt, expected) => {
    expect(cacheSeconds({ ...pair('1'), rotateAt, retired: [] }, now)).toBe(expected)
  })
})
