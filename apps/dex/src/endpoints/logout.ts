import type { DexConfig } from '../config/dex-config.ts'
import type { StaticClient } from '../config/static-clients.ts'
import {
  browserFingerprint,
  equalInConstantTime,
  forgetBrowserCookie,
  logoutHmac,
  readBrowserSecret,
} from '../http/browser-cookie.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { redirect, sendErrorPage, sendPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { isCrossSitePost } from '../login/find-request.ts'
import { type LogoutRequest, parseLogout } from '../login/logout-request.ts'
import { endSession, isMember } from '../login/sessions.ts'
import { logoutPage } from '../pages/logout.ts'
import { noticePage } from '../pages/notice.ts'
import { grantLifetime } from '../provider/lifetimes.ts'
import { withParameters } from '../provider/redirect-uris.ts'
import type { Storage } from '../storage/storage.ts'
import type { IssuerClock } from '../time/clock.ts'

export interface LogoutOptions {
  readonly config: Pick<DexConfig, 'issuer' | 'expiry'>
  readonly clients: ReadonlyMap<string, StaticClient>
  readonly keyRing: KeyRing
  readonly storage: Storage
  readonly clock: IssuerClock
}

/**
 * `/logout`: ends what the logins of a browser gave. Only who was logged in to in this very browser may do it
 * without asking; for everybody else (CSRF) the user is asked.
 *
 * @see OpenID Connect RP-Initiated Logout 1.0
 */
export function logoutRoute({ config, clients, keyRing, storage, clock }: LogoutOptions): Route {
  const begin = async (exchange: Exchange, parameters: URLSearchParams, mayConfirm: boolean) => {
    const asked = await parseLogout(parameters, { clients, keyRing, issuer: config.issuer })
    if ('problem' in asked) return sendErrorPage(exchange, 400, asked.problem)
    const secret = readBrowserSecret(exchange.request, exchange.secure)
    if (secret === undefined) return leave(exchange, asked)
    const confirmed = mayConfirm && isConfirmed(secret, parameters)
    if (confirmed || (await isOfThisBrowser(secret, asked))) return end(exchange, secret, asked)
    const hidden = new URLSearchParams(parameters)
    hidden.set('hmac', logoutHmac(secret))
    const body = logoutPage(`${exchange.basePath}/logout`, [...hidden])
    const formTarget = asked.redirectURI === undefined ? {} : { formTarget: asked.redirectURI }
    return sendPage(exchange, { title: 'Log out', body, ...formTarget })
  }

  const isConfirmed = (secret: string, parameters: URLSearchParams) =>
    equalInConstantTime(parameters.get('hmac') ?? '', logoutHmac(secret))

  const isOfThisBrowser = async (secret: string, { clientID, subject }: LogoutRequest) =>
    clientID !== undefined &&
    subject !== undefined &&
    isMember(storage, { browser: browserFingerprint(secret), clientID, subject })

  const end = async (exchange: Exchange, secret: string, asked: LogoutRequest) => {
    await endSession(
      storage,
      browserFingerprint(secret),
      clock.seconds() + grantLifetime(config.expiry, true),
    )
    exchange.response.setHeader('Set-Cookie', forgetBrowserCookie(exchange.secure))
    leave(exchange, asked)
  }

  const leave = (exchange: Exchange, { redirectURI, state }: LogoutRequest) => {
    if (redirectURI === undefined) {
      const body = noticePage('Logged out', 'You are logged out in this browser.')
      return sendPage(exchange, { title: 'Logged out', body })
    }
    return redirect(exchange, 303, state === undefined ? redirectURI : withParameters(redirectURI, { state }))
  }

  return {
    name: 'logout',
    path: '/logout',
    methods: {
      GET: (exchange) => begin(exchange, exchange.url.searchParams, false),
      // A client may send its request by POST as well, so one of another site is asked for, not refused.
      POST: async (exchange) => begin(exchange, await readForm(exchange.request), !isCrossSitePost(exchange)),
    },
  }
}
