import { randomUUID } from 'node:crypto'
import { tokenClaims } from '../claims/token-claims.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { IssuerClock } from '../time/clock.ts'
import type { MintTokens } from './token-response.ts'

export interface MintOptions {
  readonly issuer: string
  /** Seconds. */
  readonly lifetime: number
  readonly keyRing: KeyRing
  readonly clock: IssuerClock
}

/** Signs Dex's two tokens: the access token is a JWT with the claims of the ID token. */
export function createMint({ issuer, lifetime, keyRing, clock }: MintOptions): MintTokens {
  return async ({ clientID, login, scopes, nonce, code }) => {
    const { connectorID, identity } = login
    const request = {
      issuer,
      clientID,
      connectorID,
      identity,
      scopes,
      nonce,
      lifetime,
      issuedAt: clock.seconds(),
    }
    const accessToken = await keyRing.sign(tokenClaims(request, randomUUID()))
    const idToken = await keyRing.sign(tokenClaims(request, accessToken, code))
    return { accessToken, idToken, expiresIn: lifetime }
  }
}
