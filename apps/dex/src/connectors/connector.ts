import type { Identity } from '../claims/identity.ts'

interface ConnectorBase {
  readonly id: string
  /** What the chooser says: "Log in with {name}". */
  readonly name: string
  /**
   * Who the user of an earlier login is now, asked whenever tokens are made of a refresh token; undefined
   * when there is no such user any more.
   */
  readonly refresh: (identity: Identity) => Promise<Identity | undefined>
}

/** A connector that asks for a name and a password on Dex's own page. */
export interface PasswordConnector extends ConnectorBase {
  readonly kind: 'password'
  /** The label of the first field. */
  readonly prompt: string
  /** Undefined when the pair is wrong; takes the same time whether the user exists or not. */
  readonly login: (login: string, password: string) => Promise<Identity | undefined>
}

/** A connector that sends the browser elsewhere, from where it comes back to `/callback`. */
export interface CallbackConnector extends ConnectorBase {
  readonly kind: 'callback'
  /** Where to send the browser; it must come back to `callbackURL` with `state`. */
  readonly loginURL: (callbackURL: string, state: string) => string
  /** Who came back, by the query that came along; undefined when nobody could be authenticated. */
  readonly handleCallback: (query: URLSearchParams) => Promise<Identity | undefined>
}

export type Connector = PasswordConnector | CallbackConnector
