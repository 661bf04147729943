import type { JWTPayload } from 'jose'
import { AuthenticationError } from './errors.ts'
import type { IssuerSettings } from './issuer-settings.ts'

/** A Kubernetes user, as authenticated; `groups` does not hold `system:authenticated` yet. */
export interface Identity {
  readonly username: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
  /** When the credential ends, in seconds since the epoch. */
  readonly expiresAt: number
  /** When it was issued (`iat`), in seconds since the epoch, where it says so. */
  readonly issuedAt?: number
  /** What tells it from others (`jti`), where it has something. */
  readonly tokenId?: string
}

/** The key under which the API server records which credential was used (`user.CredentialIDKey`). */
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'

/**
 * Maps the verified claims of a token to a user as the API server's OIDC authenticator does: the username
 * claim must be a string, groups may be a string, a list or missing, `email_verified` must be true where
 * it is there and the username is the email, `uid` stays unset, and `jti` becomes the credential id.
 *
 * Stricter than that: names in `system:`, empty, padded and control-character names are refused
 * (the generated AuthenticationConfiguration says the same to the API server), and so are distributed
 * claims, since resolving them means to call addresses that a token names.
 *
 * @throws AuthenticationError `ERR_TOKEN_CLAIMS`, `ERR_TOKEN_EXPIRED` (no `exp`)
 */
export function toIdentity(claims: JWTPayload, issuer: IssuerSettings): Identity {
  for (const [name, required] of Object.entries(issuer.requiredClaims)) {
    if (claims[name] !== required)
      throw refuse(`the required claim "${name}" is missing or has another value`)
  }
  if (claims.exp === undefined)
    throw new AuthenticationError('ERR_TOKEN_EXPIRED', 'the token has no exp claim')
  const jti = claims.jti
  const extra: Record<string, readonly string[]> = {}
  if (typeof jti === 'string' && jti !== '') {
    const problem = nameProblem(jti)
    if (problem) throw refuse(`the jti claim ${problem}`)
    extra[CREDENTIAL_ID] = [`JTI=${jti}`]
  }
  return {
    ...(typeof claims.iat === 'number' ? { issuedAt: claims.iat } : {}),
    ...(typeof jti === 'string' && jti !== '' ? { tokenId: jti } : {}),
    username: usernameOf(claims, issuer),
    groups: groupsOf(claims, issuer),
    extra,
    expiresAt: claims.exp,
  }
}

function usernameOf(claims: JWTPayload, issuer: IssuerSettings): string {
  const { usernameClaim } = issuer
  const value = claims[usernameClaim]
  if (typeof value !== 'string')
    throw refuse(`the username claim "${usernameClaim}" is missing or not a string`)
  if (usernameClaim === 'email' && 'email_verified' in claims && claims['email_verified'] !== true) {
    throw refuse('the email is not verified (email_verified is not true)')
  }
  if (value === '') throw refuse(`the username claim "${usernameClaim}" is empty`)
  return checkedName('username', issuer.usernamePrefix + value)
}

function groupsOf(claims: JWTPayload, issuer: IssuerSettings): readonly string[] {
  const value = claims[issuer.groupsClaim] ?? []
  const sources = claims['_claim_names']
  if (typeof sources === 'object' && sources !== null && issuer.groupsClaim in sources) {
    throw refuse('distributed claims are not supported')
  }
  const groups: unknown[] = Array.isArray(value) ? value : [value]
  return groups.map((group) => {
    if (typeof group !== 'string')
      throw refuse(`the groups claim "${issuer.groupsClaim}" holds something else than strings`)
    if (group === '') throw refuse('a group is empty')
    return checkedName('group', issuer.groupsPrefix + group)
  })
}

function checkedName(what: string, name: string): string {
  const problem = name.startsWith('system:') ? 'starts with "system:"' : nameProblem(name)
  if (problem) throw refuse(`the ${what} ${problem}`)
  return name
}

/**
 * Why a name can't travel as a header value and stay what it is, or undefined when it can. White space is
 * Unicode's, as Go's `strings.TrimSpace` sees it; control characters are category Cc.
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (!name.isWellFormed()) return 'is not well-formed Unicode'
  if (/\p{Cc}/u.test(name)) return 'holds a control character'
  if (/^\p{White_Space}|\p{White_Space}$/u.test(name)) return 'begins or ends with white space'
  return undefined
}

function refuse(message: string): AuthenticationError {
  return new AuthenticationError('ERR_TOKEN_CLAIMS', message)
}
