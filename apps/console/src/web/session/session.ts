import { ErrorResponse, type User } from 'oidc-client-ts'
import { askAgain } from '../api/ask-again.ts'
import type { PageConfiguration } from '../page-configuration.ts'
import { type Identity, identityOf, renewAt } from './identity.ts'
import { pathAfterLogin } from './path-after-login.ts'
import { SIGNED_IN_PATH, SIGNED_OUT_PATH } from './paths.ts'
import { createUserManager } from './user-manager.ts'

/** Where a person stands between dex and the console. */
export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'redirecting' }
  | { readonly kind: 'signed-in'; readonly identity: Identity; readonly renewalProblem?: string }
  /** `message` where the issuer has no part in it, as a real Dex, which has no logout. */
  | { readonly kind: 'signed-out'; readonly message?: string }
  | { readonly kind: 'expired' }
  /** The API did not take the token. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'login-failed'; readonly message: string }
  /** dex can't be reached. */
  | { readonly kind: 'issuer-unavailable'; readonly message: string }

/** The session of this tab: one state at a time, and the ways from one to the next. */
export interface Session {
  readonly state: () => SessionState
  readonly subscribe: (listener: () => void) => () => void
  /** Finishes a login or goes to dex, as the address says; once, when the page has loaded. */
  readonly start: () => Promise<void>
  readonly login: () => Promise<void>
  readonly logout: () => Promise<void>
  /** Tells that the API answered 401 to `idToken`. */
  readonly refuse: (idToken: string, message: string) => void
}

/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2_147_483_647
const RENEWAL_RETRY_MS = 5000
const ONLY_HERE =
  'You are logged out of this tab alone: the identity provider offers no logout, or does not answer.'

/**
 * A session without a loop: the way to dex is taken by itself only where there was no token at all. Whatever
 * goes wrong after that ends in a state that waits for the person.
 */
export function createSession(configuration: PageConfiguration): Session {
  const manager = createUserManager(configuration)
  const listeners = new Set<() => void>()
  let state: SessionState = { kind: 'starting' }
  let timers: ReturnType<typeof setTimeout>[] = []

  const become = (next: SessionState) => {
    state = next
    for (const listener of listeners) listener()
  }
  const at = (time: number, action: () => void) => {
    const delay = Math.max(time - Date.now(), 0)
    const isTooLong = delay > LONGEST_TIMER_MS
    timers.push(setTimeout(isTooLong ? () => at(time, action) : action, Math.min(delay, LONGEST_TIMER_MS)))
  }
  const stopTimers = () => {
    for (const timer of timers) clearTimeout(timer)
    timers = []
  }
  /** Ends the session with a state that waits for the person. */
  const end = async (next: SessionState) => {
    stopTimers()
    become(next)
    await manager.removeUser()
  }

  const enter = (user: User) => {
    const identity = identityOf(user)
    stopTimers()
    if (!identity) return end({ kind: 'login-failed', message: 'the issuer sent no ID token' })
    if (identity.expiresAt <= Date.now()) return end({ kind: 'expired' })
    become({ kind: 'signed-in', identity })
    at(identity.expiresAt, () => void end({ kind: 'expired' }))
    // Without a refresh token there is nothing to renew with but the person.
    if (user.refresh_token) at(renewAt(identity), () => void renew(identity))
    return undefined
  }

  const renew = async (identity: Identity) => {
    try {
      const user = await manager.signinSilent()
      if (user) await enter(user)
    } catch (error) {
      if (state.kind !== 'signed-in' || state.identity !== identity) return
      become({ ...state, renewalProblem: (error as Error).message })
      // An issuer that refuses will refuse again; one that can't be reached may come back in time.
      if (!(error instanceof ErrorResponse)) at(Date.now() + RENEWAL_RETRY_MS, () => void renew(identity))
    }
  }

  const login = async () => {
    const path = `${location.pathname}${location.search}`
    become({ kind: 'redirecting' })
    try {
      await askAgain(() => manager.signinRedirect({ state: { path } }))
    } catch (error) {
      become({ kind: 'issuer-unavailable', message: (error as Error).message })
    }
  }

  const finishLogin = async () => {
    try {
      const user = await manager.signinRedirectCallback()
      // The code leaves the address before anything else can see it.
      history.replaceState(undefined, '', pathAfterLogin(user.state))
      await enter(user)
    } catch (error) {
      history.replaceState(undefined, '', '/')
      become({ kind: 'login-failed', message: (error as Error).message })
    }
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async start() {
      if (location.pathname === SIGNED_IN_PATH) return finishLogin()
      const isBackFromLogout = location.pathname === SIGNED_OUT_PATH
      if (isBackFromLogout) history.replaceState(undefined, '', '/')
      const user = await manager.getUser()
      // Somebody else's link to that address ends no session.
      if (user) return enter(user)
      return isBackFromLogout ? become({ kind: 'signed-out' }) : login()
    },
    login,
    async logout() {
      const endSession = await manager.metadataService.getEndSessionEndpoint().catch(() => undefined)
      // Before the way to dex, so that the token does not travel there in an address.
      await end({ kind: 'signed-out', ...(endSession ? {} : { message: ONLY_HERE }) })
      if (endSession) await manager.signoutRedirect()
    },
    refuse(idToken, message) {
      if (state.kind !== 'signed-in' || state.identity.idToken !== idToken) return
      void end(state.identity.expiresAt <= Date.now() ? { kind: 'expired' } : { kind: 'refused', message })
    },
  }
}
