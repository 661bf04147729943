import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'

const LINK_LIFETIME_MS = 60_000
/** Seconds. */
const COOKIE_LIFETIME = 12 * 3600
const NAMES = { secure: '__Host-dex-user-tiles', plain: 'dex-user-tiles' } as const

/** The path of a link, below the issuer. */
export const USER_TILES_PATH = '/test-powers/user-tiles'

/**
 * One-click user tiles. The chooser is open to whoever reaches the issuer, so it shows them only in browsers
 * that have opened a link which somebody with the secret has made.
 */
export interface UserTiles {
  /** A ticket that works once, within a minute. */
  readonly createTicket: () => { readonly ticket: string; readonly expiresAt: Date }
  /** The Set-Cookie header that lets the browser see tiles; undefined for a ticket that is not good. */
  readonly redeem: (ticket: string, secure: boolean) => string | undefined
  /** Whether the browser may see them. */
  readonly areShownTo: (request: IncomingMessage, secure: boolean) => boolean
}

export function createUserTiles(): UserTiles {
  const tickets = new LRUCache<string, true>({ max: 100, ttl: LINK_LIFETIME_MS })
  const browsers = new LRUCache<string, true>({ max: 1000, ttl: COOKIE_LIFETIME * 1000 })
  return {
    createTicket() {
      const ticket = randomText()
      tickets.set(hash(ticket), true)
      return { ticket, expiresAt: new Date(Date.now() + LINK_LIFETIME_MS) }
    },
    redeem(ticket, secure) {
      if (!tickets.get(hash(ticket))) return undefined
      tickets.delete(hash(ticket))
      const value = randomText()
      browsers.set(hash(value), true)
      const name = secure ? NAMES.secure : NAMES.plain
      return `${name}=${value}; Path=/; Max-Age=${COOKIE_LIFETIME}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
    },
    areShownTo(request, secure) {
      const name = secure ? NAMES.secure : NAMES.plain
      return (request.headers.cookie ?? '')
        .split(';')
        .map((pair) => pair.trim())
        .some((pair) => pair.startsWith(`${name}=`) && browsers.has(hash(pair.slice(name.length + 1))))
    },
  }
}

function randomText(): string {
  return randomBytes(32).toString('base64url')
}

/** What is compared is a hash, so that nothing is learned from how long it takes. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
