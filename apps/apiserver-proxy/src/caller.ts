import type { Identity, Revocable } from '@gatehouse/authentication'
import type { Subject } from '@gatehouse/authorization'
import { impersonationHeaders } from './impersonate.ts'

/** An authenticated user, with what each of its requests needs. Made once for each verified token. */
export interface Caller {
  /** Whose request it is to the API server. */
  readonly subject: Subject
  /** Whose credential it is, where that is somebody else. */
  readonly person?: Subject
  /** When the credential ends, in seconds since the epoch. */
  readonly expiresAt: number
  /** What the credential says. */
  readonly identity: Identity
  /** Who vouches for it: an issuer that is configured, or the cluster (TokenReview). */
  readonly vouchedBy: 'issuer' | 'cluster'
  /** By what the credential may be revoked. */
  readonly revocable: Revocable
  /** Complete header lines that make the API server act as this user. */
  readonly impersonation: string
  /** Whether the credential is still good. */
  readonly isCurrent: () => boolean
}

/** Somebody who acts as `subject`, for as long as the credential of their own is good. */
export function impersonatedBy(caller: Caller, subject: Subject): Caller {
  return { ...caller, subject, impersonation: impersonationHeaders(subject), person: caller.subject }
}

/** Every user with a verified credential is in this group (`user.AllAuthenticated`). */
export const AUTHENTICATED = 'system:authenticated'

export function createCaller(
  identity: Identity,
  vouchedBy: Caller['vouchedBy'],
  isCurrent: () => boolean,
): Caller {
  const { username, uid, groups, extra, expiresAt, tokenId, issuedAt } = identity
  const subject: Subject = {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups: groups.includes(AUTHENTICATED) ? groups : [...groups, AUTHENTICATED],
    extra,
  }
  const revocable: Revocable = {
    username,
    ...(tokenId === undefined ? {} : { tokenId }),
    ...(issuedAt === undefined ? {} : { issuedAt }),
  }
  const impersonation = impersonationHeaders(subject)
  return { subject, expiresAt, identity, vouchedBy, revocable, impersonation, isCurrent }
}
