import type { Identity } from '../../claims/identity.ts'
import { DexError } from '../../errors.ts'
import type { Claims, ClaimSettings } from './claims.ts'
import { upstreamGroups } from './groups.ts'

/**
 * Who an upstream issuer's claims say the user is. Pure.
 *
 * @throws DexError `ERR_UPSTREAM` for a claim that is missing, `ERR_NOT_ALLOWED` for somebody who may not
 * @see Dex, connector/oidc/oidc.go, createIdentity
 */
export function identityFromClaims(claims: Claims, settings: ClaimSettings): Identity {
  const { scopes, hostedDomains, userIDKey, userNameKey, claimMapping } = settings
  const mapped = (standard: string, other: string | undefined): unknown => {
    const isOther = other !== undefined && (settings.overrideClaimMapping || !isText(claims[standard]))
    return claims[isOther ? other : standard]
  }
  const needsEmail = scopes.includes('email')
  const email = mapped('email', claimMapping.email)
  if (needsEmail && !isText(email)) throw missing(claimMapping.email ?? 'email')
  const preferredUsername = mapped('preferred_username', claimMapping.preferred_username)
  if (hostedDomains.length > 0 && !hostedDomains.some((domain) => domain === claims['hd'])) {
    throw new DexError(
      'ERR_NOT_ALLOWED',
      `the hosted domain ${String(claims['hd'])} is none of hostedDomains`,
    )
  }
  return {
    userID: required(claims, userIDKey),
    username: required(claims, userNameKey),
    preferredUsername: isText(preferredUsername) ? preferredUsername : '',
    email: isText(email) ? email : '',
    emailVerified: isEmailVerified(claims, needsEmail, settings.insecureSkipEmailVerified),
    groups: upstreamGroups(claims, settings),
  }
}

function isEmailVerified(claims: Claims, needsEmail: boolean, skip: boolean): boolean {
  const verified = claims['email_verified']
  if (typeof verified === 'boolean') return verified
  if (skip) return true
  if (needsEmail) throw missing('email_verified')
  return false
}

function required(claims: Claims, name: string): string {
  const value = claims[name]
  if (isText(value)) return value
  // Some issuers count their users.
  if (typeof value === 'number') return String(value)
  throw missing(name)
}

function missing(name: string): DexError {
  return new DexError(
    'ERR_UPSTREAM',
    `the upstream issuer gave no claim ${name}; ask it for more scopes or name another claim`,
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
