import { randomUUID } from 'node:crypto'
import { tokenClaims } from '../claims/token-claims.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { nowInSeconds } from './lifetimes.ts'
import type { MintTokens } from './token-response.ts'

export interface MintOptions {
  readonly issuer: string
  /** Seconds. */
  readonly lifetime: number
  readonly keyRing: KeyRing
}

/** Signs Dex's two tokens: the access token is a JWT with the claims of the ID token. */
export function createMint({ issuer, lifetime, keyRing }: MintOptions): MintTokens {
  return async ({ clientID, account, scopes, nonce }) => {
    const { connectorID, identity } = account.login
    const request = {
      issuer,
      clientID,
      connectorID,
      identity,
      scopes,
      nonce,
      lifetime,
      issuedAt: nowInSeconds(),
    }
    const accessToken = await keyRing.sign(tokenClaims(request, randomUUID()))
    const idToken = await keyRing.sign(tokenClaims(request, accessToken))
    return { accessToken, idToken, expiresIn: lifetime }
  }
}
