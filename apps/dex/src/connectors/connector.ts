import type { Identity } from '../claims/identity.ts'

interface ConnectorBase {
  readonly id: string
  /** Dex's name of the type; the chooser shows its icon. */
  readonly type: string
  /** What the chooser says: "Log in with {name}". */
  readonly name: string
  /**
   * Who the user of an earlier login is now, asked whenever tokens are made of a refresh token; undefined
   * when there is no such user any more.
   *
   * @throws DexError `ERR_UPSTREAM`
   */
  readonly refresh: (identity: Identity) => Promise<Identity | undefined>
  /** Ends connections that it holds. */
  readonly close?: () => Promise<void>
}

/** A connector that asks for a name and a password on Dex's own page. */
export interface PasswordConnector extends ConnectorBase {
  readonly kind: 'password'
  /** The label of the first field. */
  readonly prompt: string
  /** Undefined when the pair is wrong; takes the same time whether the user exists or not. */
  readonly login: (login: string, password: string) => Promise<Identity | undefined>
}

/** What a callback connector is asked for. */
export interface UpstreamLogin {
  /** The path of `/callback`. */
  readonly callbackPath: string
  /** Comes back with the browser, which is the only one that may bring it. */
  readonly state: string
  /** Whether the client asks for a refresh token. */
  readonly offline: boolean
}

/** A connector that sends the browser elsewhere, from where it comes back to `/callback`. */
export interface CallbackConnector extends ConnectorBase {
  readonly kind: 'callback'
  /**
   * Where to send the browser.
   *
   * @throws DexError `ERR_UPSTREAM`
   */
  readonly loginURL: (login: UpstreamLogin) => Promise<string>
  /**
   * Who came back, by the query that came along.
   *
   * @throws DexError `ERR_UPSTREAM`, `ERR_UPSTREAM_DENIED`, `ERR_NOT_ALLOWED`
   */
  readonly handleCallback: (query: URLSearchParams, state: string) => Promise<Identity>
}

/** What the page of a simulated connector was told. */
export interface Persona {
  /** An email address or a login name. */
  readonly login: string
  readonly groups: readonly string[]
}

/** A connector in the place of a service that the mock has not: it asks who to be, and believes it. */
export interface SimulatedConnector extends ConnectorBase {
  readonly kind: 'simulated'
  /** Whom the page suggests. */
  readonly suggestions: () => readonly Persona[]
  readonly become: (persona: Persona) => Identity
}

export type Connector = PasswordConnector | CallbackConnector | SimulatedConnector
