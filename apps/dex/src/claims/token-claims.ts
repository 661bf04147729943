import { createHash } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { Identity } from './identity.ts'
import { audienceOf } from './scopes.ts'
import { encodeSubject } from './subject.ts'

export interface TokenRequest {
  readonly issuer: string
  readonly clientID: string
  readonly connectorID: string
  readonly identity: Identity
  readonly scopes: readonly string[]
  readonly nonce: string | undefined
  /** Seconds since the epoch. */
  readonly issuedAt: number
  /** Seconds. */
  readonly lifetime: number
}

/**
 * The claims of an ID token, in Dex's order; `hashed` is the access token (or, in an access token, a random
 * text) that `at_hash` is made of, which Dex always gives; `code` is what the token was given
 * for, or stands beside. Pure.
 *
 * @see OpenID Connect Core sections 2, 3.1.3.6 and 3.3.2.11
 */
export function tokenClaims(request: TokenRequest, hashed: string, code?: string): JWTPayload {
  const { identity, connectorID, scopes, issuedAt } = request
  const { aud, azp } = audienceOf(scopes, request.clientID)
  const claims: JWTPayload = {
    iss: request.issuer,
    sub: encodeSubject(identity.userID, connectorID),
    aud,
    exp: issuedAt + request.lifetime,
    iat: issuedAt,
    azp,
    nonce: request.nonce || undefined,
    at_hash: leftHalfOfHash(hashed),
    c_hash: code === undefined ? undefined : leftHalfOfHash(code),
  }
  if (scopes.includes('email')) {
    claims['email'] = identity.email || undefined
    claims['email_verified'] = identity.emailVerified
  }
  if (scopes.includes('groups') && identity.groups.length > 0) claims['groups'] = [...identity.groups]
  if (scopes.includes('profile')) {
    claims['name'] = identity.username || undefined
    claims['preferred_username'] = identity.preferredUsername || undefined
  }
  if (scopes.includes('federated:id')) {
    claims['federated_claims'] = { connector_id: connectorID, user_id: identity.userID }
  }
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}

/** The left half of the SHA-256, since tokens are signed with RS256. */
function leftHalfOfHash(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
}
