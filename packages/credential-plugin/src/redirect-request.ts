import { timingSafeEqual } from 'node:crypto'

/** The cookie that binds the answer of a login to the browser in which it began. */
export const BROWSER_COOKIE = 'gatehouse-login'

/** What this login knows and nobody else does, and where it listens. */
export interface Expectation {
  /** The Host header of a browser that follows the redirect URI. */
  readonly host: string
  /** The path of the redirect URI. */
  readonly callbackPath: string
  /** The path of the link that a person opens; it holds a secret. */
  readonly startPath: string
  readonly state: string
  readonly cookie: string
}

/** What a request to the listener says. */
export interface RedirectRequest {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly host: string | undefined
  readonly cookie: string | undefined
}

export type RedirectDecision =
  /** The login begins in this browser. */
  | { readonly kind: 'start' }
  /** The issuer has answered: a code or an error is in the query. */
  | { readonly kind: 'callback' }
  | { readonly kind: 'refuse'; readonly status: number; readonly message: string }

/**
 * What to do with a request to the loopback listener, which every page in a browser and every user of the
 * machine can reach. Its host must be ours, or another name leads here (DNS rebinding). The link works in one
 * browser, the first; the answer must come from that one and carry the state, so neither a forged page nor
 * somebody who has seen the link in the list of processes can give us a login of theirs. Pure.
 *
 * `started` is whether the link was opened before.
 */
export function decideRedirect(
  request: RedirectRequest,
  expected: Expectation,
  started: boolean,
): RedirectDecision {
  if (request.host !== expected.host) return refuse(421, 'This address belongs to somebody else.')
  const [path, query = ''] = (request.url ?? '').split(/\?(.*)/s, 2) as [string, string?]
  const isStart = equal(path, expected.startPath)
  if (!isStart && path !== expected.callbackPath) return refuse(404, 'There is nothing here.')
  if (request.method !== 'GET') return refuse(405, 'Only GET is possible here.')
  const isOurBrowser = equal(cookieOf(request.cookie) ?? '', expected.cookie)
  if (isStart) {
    if (started && !isOurBrowser) return refuse(410, 'This link was opened in another browser already.')
    return { kind: 'start' }
  }
  const states = new URLSearchParams(query).getAll('state')
  if (!isOurBrowser || states.length !== 1 || !equal(states[0]!, expected.state)) {
    return refuse(400, 'This is not the answer to the login that was begun here.')
  }
  return { kind: 'callback' }
}

function refuse(status: number, message: string): RedirectDecision {
  return { kind: 'refuse', status, message }
}

function cookieOf(header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${BROWSER_COOKIE}=`))?.slice(BROWSER_COOKIE.length + 1)
}

/** Whether two strings are equal, in a time that does not depend on where they differ. */
function equal(given: string, secret: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(secret)]
  return a.length === b.length && timingSafeEqual(a, b)
}
