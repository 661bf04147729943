import { z } from 'zod'
import type { Identity } from './identity.ts'

const time = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-25T18:00:00Z' })

/** Which tokens are revoked: those that everything it says is true of. */
const revocationSchema = z
  .strictObject({
    /** The user as the cluster knows it, prefix included. */
    user: z.string().min(1).optional(),
    /** The token's `jti`. */
    tokenId: z.string().min(1).optional(),
    /** Tokens of before (`iat`); later ones are good. */
    issuedBefore: time.optional(),
  })
  .refine(
    ({ user, tokenId, issuedBefore }) => user ?? tokenId ?? issuedBefore,
    'must say a user, a tokenId or issuedBefore',
  )

/** The file of revoked tokens. */
export const revocationsSchema = z.strictObject({ revocations: z.array(revocationSchema).default([]) })

export type Revocation = z.output<typeof revocationSchema>

/** What a token is revoked by. */
export type Revocable = Pick<Identity, 'username' | 'tokenId' | 'issuedAt'>

/** Whether a token is among the revoked ones. One without `iat` counts as issued long ago. */
export type IsRevoked = (token: Revocable) => boolean

/** Makes the question for a list of revocations; its cost does not grow with the list. Pure. */
export function createRevocationList(revocations: readonly Revocation[]): IsRevoked {
  const byUser = Map.groupBy(revocations, ({ user }) => user)
  const ofAnybody = byUser.get(undefined) ?? []
  const byTokenId = Map.groupBy(ofAnybody, ({ tokenId }) => tokenId)
  const ofEverybody = byTokenId.get(undefined) ?? []
  return (token) => {
    if (revocations.length === 0) return false
    const concerns = (one: Revocation) => isMeant(one, token)
    if (ofEverybody.some(concerns) || byUser.get(token.username)?.some(concerns)) return true
    return token.tokenId !== undefined && (byTokenId.get(token.tokenId)?.some(concerns) ?? false)
  }
}

function isMeant({ tokenId, issuedBefore }: Revocation, token: Revocable): boolean {
  if (tokenId !== undefined && tokenId !== token.tokenId) return false
  return issuedBefore === undefined || (token.issuedAt ?? 0) * 1000 < Date.parse(issuedBefore)
}
