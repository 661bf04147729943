import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CredentialPluginError } from './errors.ts'
import { SECURITY_HEADERS, sendPage } from './redirect-page.ts'
import { BROWSER_COOKIE, decideRedirect, type Expectation } from './redirect-request.ts'

/** The issuer's answer, in the query of `url`; the browser waits for the sentence that it is to show. */
export interface Callback {
  readonly url: URL
  readonly show: (status: number, message: string) => void
}

export interface RedirectListener extends AsyncDisposable {
  /** The link that a person opens in a browser. */
  readonly startUrl: string
  /** The first answer that belongs to this login. Rejects with the signal's reason. */
  readonly callback: Promise<Callback>
}

const DEFAULT_REDIRECT_URI = 'http://127.0.0.1:0/callback'

/**
 * Listens on loopback for the end of a login (RFC 8252 section 7.3). `authorizationUrl` is where the login
 * begins, for the given redirect URI. It is not on the command line of a browser, where other users of the
 * machine could read its state: the link that is, leads to it once.
 *
 * @throws CredentialPluginError `ERR_LOGIN_FAILED` when the port is taken
 */
export async function listenForRedirect(options: {
  redirectUri?: string | undefined
  state: string
  authorizationUrl: (redirectUri: string) => URL
  signal: AbortSignal
}): Promise<RedirectListener> {
  const { state, authorizationUrl, signal } = options
  const wanted = new URL(options.redirectUri ?? DEFAULT_REDIRECT_URI)
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000, keepAlive: false })
  const port = await listen(server, wanted)
  const redirect = new URL(wanted)
  redirect.port = String(port)
  const expected: Expectation = {
    host: redirect.host,
    callbackPath: redirect.pathname,
    startPath: `/login/${secret()}`,
    state,
    cookie: secret(),
  }
  const callback = Promise.withResolvers<Callback>()
  // Whoever waits for it gets the rejection; until then it must not end the process.
  callback.promise.catch(() => undefined)
  signal.addEventListener('abort', () => callback.reject(signal.reason as Error), { once: true })

  let started = false
  let answered = false
  server.on('request', (request, response) => {
    const { method, url, headers } = request
    const decision = decideRedirect(
      { method, url, host: headers.host, cookie: headers.cookie },
      expected,
      started,
    )
    if (decision.kind === 'refuse') return sendPage(response, decision.status, decision.message)
    if (decision.kind === 'start') {
      started = true
      return sendStart(response, authorizationUrl(redirect.href), expected.cookie)
    }
    if (answered) return sendPage(response, 410, 'This login has ended. You can close this page.')
    answered = true
    callback.resolve({
      url: new URL(url ?? '', redirect.origin),
      show: (status, message) => sendPage(response, status, message),
    })
  })
  return {
    startUrl: new URL(expected.startPath, redirect.origin).href,
    callback: callback.promise,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      // A browser that does not read its page to the end must not keep kubectl waiting.
      setTimeout(() => server.closeAllConnections(), 1000).unref()
      await closed
    },
  }
}

function sendStart(response: ServerResponse, location: URL, cookie: string): void {
  response.writeHead(303, {
    ...SECURITY_HEADERS,
    Location: location.href,
    // Lax: the issuer's redirect back is a navigation from another site.
    'Set-Cookie': `${BROWSER_COOKIE}=${cookie}; Path=/; HttpOnly; SameSite=Lax`,
  })
  response.end()
}

async function listen(server: Server, { hostname, port, origin }: URL): Promise<number> {
  const host = hostname === '[::1]' ? '::1' : '127.0.0.1'
  server.listen(Number(port || 80), host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const { message } = cause as Error
    throw new CredentialPluginError(
      'ERR_LOGIN_FAILED',
      `the browser's answer can't be received at ${origin}: ${message}; end the program that uses that port, or log in with --login=device`,
      { cause },
    )
  }
  return (server.address() as AddressInfo).port
}

/** 256 random bits. */
function secret(): string {
  return randomBytes(32).toString('base64url')
}
