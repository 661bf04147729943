import { describe, expect, test } from 'vitest'
import { createLoginThrottle } from '../src/login/throttle.ts'

describe('the login throttle', () => {
  const start = (options = {}) => {
    const clock = { now: 0 }
    const throttle = createLoginThrottle({ burst: 3, refillMs: 1000, clock: () => clock.now, ...options })
    const tries = (count: number, account = 'ada', address = '192.0.2.1') =>
      Array.from({ length: count }, () => throttle.attempt(account, address).allowed)
    return { clock, throttle, tries }
  }

  test('refuses after the burst and gives one attempt back at a time', () => {
    const { clock, throttle, tries } = start()
    expect(tries(4)).toEqual([true, true, true, false])
    expect(throttle.attempt('ada', '192.0.2.1')).toEqual({ allowed: false, retryAfterSeconds: 1 })
    clock.now = 1000
    expect(tries(2)).toEqual([true, false])
    clock.now = 1_000_000
    expect(tries(4)).toEqual([true, true, true, false])
  })

  test('does not let refused attempts push the next one away', () => {
    const { clock, tries } = start()
    tries(3)
    for (clock.now = 0; clock.now < 1000; clock.now += 100) expect(tries(1)).toEqual([false])
    expect(tries(1)).toEqual([true])
  })

  test('gives the attempts back after a success', () => {
    const { throttle, tries } = start()
    tries(3)
    throttle.succeeded('ada', '192.0.2.1')
    expect(tries(4)).toEqual([true, true, true, false])
  })

  test.each<[string, string, string, boolean]>([
    ['another account', 'bob', '192.0.2.1', true],
    ['another address', 'ada', '192.0.2.2', true],
    ['the account in capitals', ' ADA', '192.0.2.1', false],
  ])('is its own for %s: %s from %s', (_, account, address, allowed) => {
    const { throttle, tries } = start()
    tries(3)
    expect(throttle.attempt(account, address).allowed).toBe(allowed)
  })

  test('takes a /64 of IPv6 for one address', () => {
    const { tries } = start()
    expect(tries(3, 'ada', '2001:db8:0:1::1')).toEqual([true, true, true])
    expect(tries(1, 'ada', '2001:0db8::1:ffff:0:0:2')).toEqual([false])
    expect(tries(1, 'ada', '2001:db8:0:2::1')).toEqual([true])
  })

  test('forgets the least recent pair when there are too many', () => {
    const { tries } = start({ capacity: 2 })
    tries(3, 'a')
    tries(3, 'b')
    tries(1, 'c')
    expect(tries(1, 'b')).toEqual([false])
    expect(tries(1, 'a')).toEqual([true])
  })
})
