import { createHash, randomBytes } from 'node:crypto'
import type { Login } from '../provider/accounts.ts'
import type { Storage } from '../storage/storage.ts'
import type { IssuerClock } from '../time/clock.ts'
import { type DeviceChallenge, isVerifierRight, nextPoll, type Poll, POLL_INTERVAL } from './poll.ts'
import { createUserCode } from './user-code.ts'

/** What a device asks for. */
export interface DeviceRequest {
  readonly clientID: string
  readonly scopes: readonly string[]
  readonly challenge: DeviceChallenge | undefined
}

export interface BegunDeviceRequest {
  readonly deviceCode: string
  readonly userCode: string
  /** Both in seconds. */
  readonly expiresIn: number
  readonly interval: number
}

export type PollAnswer =
  | { readonly kind: 'approved'; readonly login: Login; readonly scopes: readonly string[] }
  | { readonly kind: 'pending' | 'slowDown' | 'denied' | 'expired' | 'unknown' | 'verifier' }

/** The requests of devices without a browser, from their code to the decision of a user (RFC 8628). */
export interface DeviceRequests {
  readonly begin: (request: DeviceRequest) => Promise<BegunDeviceRequest>
  /** The request that waits for a user with this code. */
  readonly find: (userCode: string) => Promise<DeviceRequest | undefined>
  /** From now on this browser, which was given the code, may bring the decision. */
  readonly bind: (userCode: string, browser: string) => Promise<void>
  readonly isBound: (userCode: string, browser: string) => Promise<boolean>
  /** True for the first decision about a code, false for all others. */
  readonly decide: (userCode: string, login: Login | 'denied') => Promise<boolean>
  /** Answers a device. Who logged in is told once. */
  readonly poll: (deviceCode: string, clientID: string, verifier: string | undefined) => Promise<PollAnswer>
}

interface StoredRequest extends DeviceRequest {
  /** Seconds since the epoch. */
  readonly validUntil: number
}

/** For so long an expired request is told from one that never was, in seconds. */
const REMEMBER_EXPIRED = 3600

export function createDeviceRequests(options: {
  readonly storage: Storage
  readonly clock: IssuerClock
  /** Seconds. */
  readonly lifetime: number
}): DeviceRequests {
  const { storage, clock, lifetime } = options

  const findByUserCode = async (userCode: string) => {
    const entry = await storage.get<StoredRequest & { deviceID: string }>('DeviceUserCode', userCode)
    return entry?.consumedAt === undefined ? entry?.value : undefined
  }
  const put = async (kind: string, id: string, value: object, keep = 0) => {
    await storage.put(kind, id, { value, expiresAt: clock.seconds() + lifetime + keep })
  }

  return {
    async begin(request) {
      const deviceCode = randomBytes(32).toString('base64url')
      const [userCode, deviceID] = [createUserCode(), idOf(deviceCode)]
      const stored: StoredRequest = { ...request, validUntil: clock.seconds() + lifetime }
      await put('DeviceRequest', deviceID, stored, REMEMBER_EXPIRED)
      await put('DeviceUserCode', userCode, { ...stored, deviceID })
      return { deviceCode, userCode, expiresIn: lifetime, interval: POLL_INTERVAL }
    },

    find: findByUserCode,

    bind: (userCode, browser) => put('DeviceBrowser', `${userCode}:${browser}`, {}),

    isBound: async (userCode, browser) =>
      (await storage.get('DeviceBrowser', `${userCode}:${browser}`)) !== undefined,

    async decide(userCode, login) {
      const request = await findByUserCode(userCode)
      if (!request || !(await storage.consume('DeviceUserCode', userCode))) return false
      await put('DeviceDecision', request.deviceID, { login })
      return true
    },

    async poll(deviceCode, clientID, verifier) {
      const deviceID = idOf(deviceCode)
      const request = (await storage.get<StoredRequest>('DeviceRequest', deviceID))?.value
      if (request?.clientID !== clientID) return { kind: 'unknown' }
      if (clock.seconds() >= request.validUntil) return { kind: 'expired' }
      const decision = await storage.get<{ login: Login | 'denied' }>('DeviceDecision', deviceID)
      if (!decision) {
        const former = (await storage.get<Poll>('DevicePoll', deviceID))?.value
        const { tooEarly, poll } = nextPoll(former, clock.now())
        await put('DevicePoll', deviceID, poll)
        return { kind: tooEarly ? 'slowDown' : 'pending' }
      }
      const { login } = decision.value
      if (login === 'denied') return { kind: 'denied' }
      if (!isVerifierRight(request.challenge, verifier)) return { kind: 'verifier' }
      if (!(await storage.consume('DeviceDecision', deviceID))) return { kind: 'unknown' }
      return { kind: 'approved', login, scopes: request.scopes }
    },
  }
}

/** The device code itself is not written down. */
function idOf(deviceCode: string): string {
  return createHash('sha256').update(deviceCode).digest('base64url')
}
