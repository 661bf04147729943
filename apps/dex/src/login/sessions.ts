import type { Storage } from '../storage/storage.ts'

/**
 * A session, as far as there is one: what was given in logins of one browser. Dex 2.45 has none, and logs
 * nobody in by it; here it can be ended.
 */
export interface SessionMember {
  /** Fingerprint. */
  readonly browser: string
  readonly clientID: string
  readonly subject: string
}

const MEMBER = 'SessionMember'
const ENDED = 'EndedSession'

/** Remembers that a client was logged in to in a browser; `expiresAt` in seconds since the epoch. */
export async function rememberMember(
  storage: Storage,
  member: SessionMember,
  expiresAt: number,
): Promise<void> {
  await storage.put(MEMBER, idOf(member), { value: {}, expiresAt })
}

export async function isMember(storage: Storage, member: SessionMember): Promise<boolean> {
  return (await storage.get(MEMBER, idOf(member))) !== undefined
}

/** From now on no refresh token is good that a login of this browser gave. */
export async function endSession(storage: Storage, browser: string, expiresAt: number): Promise<void> {
  await storage.put(ENDED, browser, { value: {}, expiresAt })
}

export async function hasLoggedOut(
  storage: Storage,
  { browser }: { readonly browser?: string },
): Promise<boolean> {
  return browser !== undefined && (await storage.get(ENDED, browser)) !== undefined
}

function idOf({ browser, clientID, subject }: SessionMember): string {
  return JSON.stringify([browser, clientID, subject])
}
