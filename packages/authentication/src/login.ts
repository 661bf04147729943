import * as openid from 'openid-client'
import { AuthenticationError } from './errors.ts'
import { connectToIssuer, type IssuerConnection, type Page, type PageRequest } from './issuer-connection.ts'
import { LoginCookies } from './login-cookies.ts'
import { nextStep } from './login-page.ts'

export { localhostLookup } from './localhost.ts'

export interface LoginOptions {
  readonly issuer: string
  /** Where the discovery document is dialled, if not at the issuer's own name; its origin serves the rest, too. */
  readonly discoveryURL?: string | undefined
  /** PEM of the CA that the issuer's certificate chains to; the system's CAs when absent. */
  readonly caPem?: string | undefined
  readonly clientId: string
  /** Absent for a public client, which has PKCE alone. */
  readonly clientSecret?: string | undefined
  /** One of the client's registered redirect URIs; it is never requested. */
  readonly redirectUri: string
  readonly username: string
  readonly password: string
  readonly scopes: readonly string[]
  /** The connector's id, where the issuer offers several. */
  readonly connector?: string | undefined
  readonly signal: AbortSignal
}

export interface LoginResult {
  readonly idToken: string
  readonly refreshToken?: string
  /** When the ID token ends, in seconds since the epoch. */
  readonly expiresAt: number
}

/** Chooser, password, approval and the redirects between them are fewer than this. */
const MAX_PAGES = 20

/**
 * Logs a person in as a browser would: walks through an issuer's HTML pages (those of Dex) with cookies,
 * and trades the code for tokens (authorization code flow with PKCE S256, RFC 6749 and 7636).
 *
 * @throws AuthenticationError `ERR_LOGIN_FAILED`, `ERR_ISSUER_UNAVAILABLE`; the signal's reason
 */
export async function login(options: LoginOptions): Promise<LoginResult> {
  await using connection = connectToIssuer(options)
  try {
    const config = await openid.discovery(
      new URL(options.issuer),
      options.clientId,
      undefined,
      options.clientSecret === undefined ? openid.None() : openid.ClientSecretPost(options.clientSecret),
      { [openid.customFetch]: connection.fetchForOpenid },
    )
    const verifier = openid.randomPKCECodeVerifier()
    const state = openid.randomState()
    const nonce = openid.randomNonce()
    const start = openid.buildAuthorizationUrl(config, {
      redirect_uri: options.redirectUri,
      scope: options.scopes.join(' '),
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    })
    const callback = await walkThroughPages(start, connection, options)
    const tokens = await openid.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    })
    const { id_token: idToken, refresh_token: refreshToken } = tokens
    const claims = tokens.claims()
    if (idToken === undefined || claims === undefined) throw failed('the issuer sent no ID token')
    return { idToken, expiresAt: claims.exp, ...(refreshToken === undefined ? {} : { refreshToken }) }
  } catch (cause) {
    options.signal.throwIfAborted()
    if (cause instanceof AuthenticationError) throw cause
    const root = (cause as Error).cause
    if (root instanceof AuthenticationError) throw root
    const { message, error_description: description } = cause as Error & { error_description?: string }
    throw failed(`the login at ${options.issuer} failed: ${description ?? message}`, cause)
  }
}

/** Walks until the issuer redirects to the client; returns that URL. */
async function walkThroughPages(
  start: URL,
  connection: IssuerConnection,
  options: LoginOptions,
): Promise<URL> {
  const cookies = new LoginCookies()
  const visit = async (url: URL, init: PageRequest = {}): Promise<Page> => {
    const cookie = cookies.headerFor(url)
    const headers = { accept: 'text/html', ...init.headers, ...(cookie === undefined ? {} : { cookie }) }
    const page = await connection.fetch(url, { ...init, headers })
    cookies.store(url, page.headers['set-cookie'])
    return page
  }
  let page = await visit(start)
  let passwordSent = false
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const { location } = page.headers
    if (page.status >= 300 && page.status < 400 && typeof location === 'string') {
      const target = new URL(location, page.url)
      if (isRedirectUri(target, options.redirectUri)) return target
      checkOrigin(target, options)
      page = await visit(target)
      continue
    }
    const step = nextStep({ url: page.url, status: page.status, html: page.text }, options)
    checkOrigin(step.url, options)
    if (step.kind === 'follow') {
      page = await visit(step.url)
      continue
    }
    if (step.page === 'password') {
      if (passwordSent) throw failed('the issuer refused the user name or the password')
      passwordSent = true
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: step.url.origin }
    page = await visit(step.url, { method: 'POST', headers, body: step.fields.toString() })
  }
  throw failed(`the login did not end after ${MAX_PAGES} pages`)
}

function isRedirectUri(url: URL, redirectUri: string): boolean {
  const expected = new URL(redirectUri)
  return (
    url.protocol === expected.protocol && url.host === expected.host && url.pathname === expected.pathname
  )
}

/** A password and cookies go to the issuer only, by its name or by where it is dialled. */
function checkOrigin(url: URL, { issuer, discoveryURL }: LoginOptions): void {
  const allowed = [issuer, discoveryURL].filter((one) => one !== undefined).map((one) => new URL(one).origin)
  if (!allowed.includes(url.origin))
    throw failed(`the issuer sends the login to another origin: ${url.origin}`)
}

function failed(message: string, cause?: unknown): AuthenticationError {
  return new AuthenticationError('ERR_LOGIN_FAILED', message, { cause })
}
