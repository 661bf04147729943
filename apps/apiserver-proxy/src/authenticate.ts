import type { Duplex } from 'node:stream'
import { AuthenticationError, type IsRevoked, type TokenVerifier } from '@gatehouse/authentication'
import { type Caller, createCaller } from './caller.ts'
import { Refusal } from './refusal.ts'
import type { TokenReviewer } from './token-review.ts'

export interface Authenticator {
  /** Who a request on this connection is from, where that is known already; costs next to nothing. */
  recall(connection: Duplex, authorization: string | undefined): Caller | undefined
  /**
   * Who a request is from.
   *
   * @throws Refusal `ERR_UNAUTHORIZED`, or `ERR_UNAVAILABLE` while an issuer was never reached
   */
  authenticate(connection: Duplex, authorization: string | undefined): Promise<Caller>
  /** Who a bare token is for. */
  verify(token: string): Promise<Caller>
}

interface Remembered {
  readonly authorization: string
  readonly caller: Caller
}

export interface AuthenticatorOptions {
  readonly verifier: TokenVerifier
  readonly reviewer: TokenReviewer | undefined
  readonly isRevoked: IsRevoked
}

/**
 * Authenticates bearer tokens: ID tokens of the configured issuers, and, where `reviewer` is given, tokens
 * that the cluster itself vouches for. Each connection remembers its last header and caller; whether the
 * token is still good is asked each time.
 */
export function createAuthenticator({ verifier, reviewer, isRevoked }: AuthenticatorOptions): Authenticator {
  const remembered = new WeakMap<Duplex, Remembered>()
  const callers = new WeakMap<object, Caller>()

  const verify = async (token: string): Promise<Caller> => {
    const caller = await identify(token)
    if (isRevoked(caller.revocable)) throw new Refusal('ERR_UNAUTHORIZED', 'the token was revoked')
    return caller
  }

  const identify = async (token: string): Promise<Caller> => {
    try {
      const identity = await verifier.verify(token)
      let caller = callers.get(identity)
      if (caller === undefined) {
        caller = createCaller(identity, 'issuer', () => verifier.isCurrent(identity))
        callers.set(identity, caller)
      }
      return caller
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error
      // ServiceAccount tokens are JWTs of the cluster's own issuer; what is malformed is nobody's.
      const isForeign = error.code === 'ERR_TOKEN_ISSUER'
      const caller = isForeign ? await reviewer?.review(token) : undefined
      if (caller) return caller
      const code = error.code === 'ERR_ISSUER_UNAVAILABLE' ? 'ERR_UNAVAILABLE' : 'ERR_UNAUTHORIZED'
      throw new Refusal(code, error.message, { cause: error })
    }
  }

  return {
    verify,
    recall(connection, authorization) {
      const known = remembered.get(connection)
      if (known === undefined || known.authorization !== authorization) return undefined
      const isGood = known.caller.isCurrent() && !isRevoked(known.caller.revocable)
      return isGood ? known.caller : undefined
    },
    async authenticate(connection, authorization) {
      const caller = await verify(bearerToken(authorization))
      if (authorization !== undefined) remembered.set(connection, { authorization, caller })
      return caller
    },
  }
}

/** RFC 6750, section 2.1. */
function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new Refusal(
      'ERR_UNAUTHORIZED',
      'the request has no bearer token; this server has no anonymous access',
    )
  }
  const match = /^bearer +(\S+)$/i.exec(authorization.trim())
  if (match === null) throw new Refusal('ERR_UNAUTHORIZED', 'the Authorization header holds no bearer token')
  return match[1]!
}
