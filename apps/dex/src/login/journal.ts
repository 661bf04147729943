import { randomUUID } from 'node:crypto'
import type { LoginEvent } from '@gatehouse/dex-test-powers'

/** Of an event of a login: everything but its time. */
export type LoginNote = Omit<LoginEvent, 'at'>

export interface RequestedLogin {
  readonly clientID: string
  readonly connectorID: string
  readonly redirectURI: string
  readonly scopes: readonly string[]
}

/** Takes down what happens in each login. Nobody gives it passwords, codes, tokens or what was typed. */
export interface LoginJournal {
  readonly requested: (requestID: string, login: RequestedLogin) => void
  readonly note: (requestID: string, note: LoginNote) => void
  /** From now on `grantID` means the same login. */
  readonly granted: (requestID: string, grantID: string) => void
  /** From now on a code or a refresh token means the same login as its grant; only a hash of it is kept. */
  readonly issued: (codeOrToken: string, grantID: string) => void
  /** By the id of the grant, or by what was issued for it. */
  readonly noteOfGrant: (grantIDOrIssued: string, note: LoginNote) => void
}

/** Opens the journal for a login that begins with a token request, without a browser; returns the login's id. */
export function noteTokenRequest(journal: LoginJournal, login: Omit<RequestedLogin, 'redirectURI'>): string {
  const id = randomUUID()
  journal.requested(id, { ...login, redirectURI: '' })
  return id
}

/** For where nobody may read one. */
export const noJournal: LoginJournal = {
  requested: () => undefined,
  note: () => undefined,
  granted: () => undefined,
  issued: () => undefined,
  noteOfGrant: () => undefined,
}
