import type { User } from 'oidc-client-ts'

/** Who is logged in, as their ID token says. Times are milliseconds since the epoch. */
export interface Identity {
  readonly idToken: string
  readonly email: string
  readonly name: string | undefined
  readonly groups: readonly string[]
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Reads the ID token's claims; undefined where the answer of the issuer held no ID token. Pure. */
export function identityOf({ id_token: idToken, profile }: User): Identity | undefined {
  if (!idToken) return undefined
  const groups: unknown = profile['groups']
  return {
    idToken,
    email: profile.email ?? profile.sub,
    name: profile.name,
    groups: Array.isArray(groups) ? groups.map(String) : [],
    issuedAt: profile.iat * 1000,
    expiresAt: profile.exp * 1000,
  }
}

const MOST_EARLY_MS = 60_000

/**
 * When to ask for the next token: a fifth of its life before the end, at most a minute. Milliseconds since the
 * epoch. Pure.
 */
export function renewAt({ issuedAt, expiresAt }: Pick<Identity, 'issuedAt' | 'expiresAt'>): number {
  return expiresAt - Math.min(MOST_EARLY_MS, (expiresAt - issuedAt) / 5)
}
