import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/**
 * A random secret that tells one browser from another; it says nothing about a user. An authorization
 * request goes on only in the browser that began it, so that nobody can make another's browser log in
 * (login CSRF) or approve.
 */
export interface BrowserCookie {
  readonly secret: string
  /** The Set-Cookie header; undefined when the browser has the cookie already. */
  readonly setCookie: string | undefined
}

/** `__Host-` keeps sibling hosts and plain HTTP from setting it; browsers take it only with Secure. */
const NAMES = { secure: '__Host-dex-browser', plain: 'dex-browser' } as const
const SECRET = /^[A-Za-z0-9_-]{43}$/

/** The browser's secret, a new one where it sent none. */
export function ensureBrowserCookie(request: IncomingMessage, secure: boolean): BrowserCookie {
  const known = readBrowserSecret(request, secure)
  if (known) return { secret: known, setCookie: undefined }
  const secret = randomBytes(32).toString('base64url')
  const name = secure ? NAMES.secure : NAMES.plain
  return { secret, setCookie: `${name}=${secret}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}` }
}

/** The secret that the browser sent; undefined when it sent none or not one of ours. */
export function readBrowserSecret(request: IncomingMessage, secure: boolean): string | undefined {
  const name = secure ? NAMES.secure : NAMES.plain
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  // Two of the same name: somebody else set one of them.
  const [value] = values
  return values.length === 1 && value !== undefined && SECRET.test(value) ? value : undefined
}

/** What an authorization request remembers of the browser that began it. */
export function browserFingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/** The `hmac` of Dex's approval URL: only this browser has it, and only for this request. */
export function approvalHmac(secret: string, requestID: string): string {
  return createHmac('sha256', secret).update(`approval:${requestID}`).digest('base64url')
}

/** Proves that the page which asks whether to log out was shown in this browser. */
export function logoutHmac(secret: string): string {
  return createHmac('sha256', secret).update('logout').digest('base64url')
}

/** The Set-Cookie header that ends it: whatever this browser began goes on no more. */
export function forgetBrowserCookie(secure: boolean): string {
  const name = secure ? NAMES.secure : NAMES.plain
  return `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}

/** Compares without telling by its duration where two texts differ. */
export function equalInConstantTime(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(left!, right!)
}
