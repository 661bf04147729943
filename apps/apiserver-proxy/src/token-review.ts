import { createHmac, createSecretKey, randomBytes } from 'node:crypto'
import { type Identity, nameProblem } from '@gatehouse/authentication'
import { AuthorizationError, type ReviewClient } from '@gatehouse/authorization'
import { LRUCache } from 'lru-cache'
import { type Caller, createCaller } from './caller.ts'
import { Refusal } from './refusal.ts'

/** Asks the API server whom a token is for that no configured issuer signed. */
export interface TokenReviewer {
  /** The caller, or undefined when the cluster does not vouch for a ServiceAccount. */
  review(token: string): Promise<Caller | undefined>
}

/** As long as the API server itself remembers a token. */
const GOOD_SECONDS = 10
/** So that a client that goes on with a bad token does not reach the API server each time. */
const BAD_SECONDS = 1
const MAX_TOKEN_LENGTH = 16 * 1024
/** Anybody can send tokens; half of the client's connections stay free for access reviews. */
const MAX_IN_FLIGHT = 16

interface Entry {
  readonly caller: Caller | undefined
}

/**
 * Makes a reviewer (TokenReview, `authentication.k8s.io/v1`) that accepts ServiceAccounts only: a static
 * token or a bootstrap token of the cluster is no way in. Answers are remembered for seconds under a hash
 * with a key of this process.
 */
export function createTokenReviewer(client: () => ReviewClient): TokenReviewer {
  const key = createSecretKey(randomBytes(32))
  const entries = new LRUCache<string, Entry>({ max: 4096 })
  const inFlight = new Map<string, Promise<Caller | undefined>>()

  const ask = async (hash: string, token: string): Promise<Caller | undefined> => {
    try {
      const status = await client().create('/apis/authentication.k8s.io/v1/tokenreviews', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token },
      })
      const entry: Entry = { caller: callerOf(status, token, () => entries.get(hash) === entry) }
      entries.set(hash, entry, { ttl: (entry.caller ? GOOD_SECONDS : BAD_SECONDS) * 1000 })
      return entry.caller
    } catch (cause) {
      if (!(cause instanceof AuthorizationError)) throw cause
      throw new Refusal('ERR_UNAVAILABLE', 'the API server could not be asked about the token', { cause })
    } finally {
      inFlight.delete(hash)
    }
  }

  return {
    async review(token) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined
      const hash = createHmac('sha256', key).update(token).digest('base64')
      const known = entries.get(hash)
      if (known) return known.caller
      let pending = inFlight.get(hash)
      if (!pending) {
        if (inFlight.size >= MAX_IN_FLIGHT) {
          throw new Refusal(
            'ERR_TOO_MANY_REQUESTS',
            'too many unknown tokens are being reviewed at this time; try again later',
          )
        }
        pending = ask(hash, token)
        inFlight.set(hash, pending)
      }
      return pending
    },
  }
}

function callerOf(
  status: Record<string, unknown>,
  token: string,
  isRemembered: () => boolean,
): Caller | undefined {
  const { authenticated, user } = status as {
    authenticated?: unknown
    user?: { username?: unknown; uid?: unknown; groups?: unknown; extra?: unknown }
  }
  if (authenticated !== true || typeof user?.username !== 'string') return undefined
  const { username, uid } = user
  if (!username.startsWith('system:serviceaccount:') || nameProblem(username) !== undefined) return undefined
  const groups = Array.isArray(user.groups) ? user.groups.filter((group) => typeof group === 'string') : []
  const extra = Object.fromEntries(
    Object.entries((user.extra ?? {}) as Record<string, unknown>).flatMap(([name, values]) => {
      return Array.isArray(values) ? [[name, values.filter((value) => typeof value === 'string')]] : []
    }),
  ) as Record<string, string[]>
  const claims = claimsOf(token)
  const { expiresAt } = claims
  const identity = { username, groups, extra, ...claims, ...(typeof uid === 'string' ? { uid } : {}) }
  return createCaller(identity, 'cluster', () => isRemembered() && expiresAt * 1000 > Date.now())
}

/** The claims of a token that the cluster vouched for; a token without `exp` has no end of its own. */
function claimsOf(token: string): Pick<Identity, 'expiresAt' | 'issuedAt' | 'tokenId'> {
  let claims: { exp?: unknown; iat?: unknown; jti?: unknown } = {}
  try {
    claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as typeof claims
  } catch {
    // The cluster takes tokens that are no JWTs, too.
  }
  const { exp, iat, jti } = claims
  return {
    expiresAt: typeof exp === 'number' ? exp : Infinity,
    ...(typeof iat === 'number' ? { issuedAt: iat } : {}),
    ...(typeof jti === 'string' ? { tokenId: jti } : {}),
  }
}
