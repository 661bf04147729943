import { describe, expect, test } from 'vitest'
import { refreshTokenLifetime } from '../src/provider/lifetimes.ts'

describe('the lifetime of a refresh token', () => {
  const forever = 10 * 365 * 24 * 3600
  test.each<[string, object, number | undefined, number]>([
    ['has no end of its own', {}, undefined, forever],
    ['ends when it is not used', { validIfNotUsedFor: 50 }, 900, 50],
    ['ends with the login’s', { absoluteLifetime: 200 }, 900, 100],
    ['is the shorter of both', { absoluteLifetime: 120, validIfNotUsedFor: 50 }, 900, 20],
    ['begins with the login', { absoluteLifetime: 200 }, undefined, 200],
  ])('%s', (_, refreshTokens, iiat, expected) => {
    const expiry = { signingKeys: 1, idTokens: 1, authRequests: 1, deviceRequests: 1 }
    const settings = { ...expiry, refreshTokens: { disableRotation: false, ...refreshTokens } }
    expect(refreshTokenLifetime(settings, { iiat }, 1000)).toBe(expected)
  })
})
