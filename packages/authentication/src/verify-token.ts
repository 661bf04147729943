import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { AuthenticationError } from './errors.ts'
import type { IssuerSettings } from './issuer-settings.ts'
import type { KeySet, SigningKeys } from './signing-keys.ts'

/**
 * How far the issuer's clock may be ahead of ours for `nbf`: a minute, as at the API server. `exp` has no
 * leeway there, and none here.
 */
const NOT_BEFORE_LEEWAY_SECONDS = 60

/**
 * Reads which issuer a token claims to be from; nothing of it is trusted yet. Only the compact form of a
 * signed token passes (RFC 7515, section 3.1): five parts (JWE), the JSON form, padding, an empty
 * signature and a header that names keys of its own (`jku`, `x5u`, `jwk`) or extensions (`crit`) do not.
 *
 * @throws AuthenticationError `ERR_TOKEN_MALFORMED`
 */
export function claimedIssuer(token: string): string | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw malformed('is not a signed JWT in compact form')
  try {
    const header = decodeProtectedHeader(token)
    const forbidden = ['jku', 'x5u', 'jwk', 'crit'].find((name) => Object.hasOwn(header, name))
    if (forbidden) throw malformed(`has the header parameter "${forbidden}", which is not accepted`)
    return decodeJwt(token).iss
  } catch (cause) {
    if (cause instanceof AuthenticationError) throw cause
    throw malformed('could not be decoded', cause)
  }
}

/** What a token says, and how it was verified. */
export interface VerifiedToken {
  readonly claims: JWTPayload
  /** The algorithm of its signature. */
  readonly algorithm: string
  /** Of the keys that its signature was checked with. */
  readonly generation: number
}

/**
 * Verifies a token against one issuer: signature, algorithm, `iss`, `aud` (any of the audiences), `exp`
 * and `nbf`. A token that matches no known key makes the keys be fetched again (see SigningKeys).
 *
 * @throws AuthenticationError
 */
export async function verifyToken(
  token: string,
  issuer: IssuerSettings,
  signingKeys: SigningKeys,
  nowMs: number,
): Promise<VerifiedToken> {
  const keys = await signingKeys.first()
  if (keys === undefined) {
    throw new AuthenticationError('ERR_ISSUER_UNAVAILABLE', `the keys of ${issuer.url} are not known yet`)
  }
  try {
    return await verifyWith(token, issuer, keys, nowMs)
  } catch (error) {
    if (!isKeyMismatch(error)) throw translate(error)
    const fresh = await signingKeys.refetch()
    if (fresh === undefined || fresh.generation === keys.generation) throw translate(error)
    return await verifyWith(token, issuer, fresh, nowMs).catch((again: unknown) => {
      throw translate(again)
    })
  }
}

function malformed(why: string, cause?: unknown): AuthenticationError {
  return new AuthenticationError('ERR_TOKEN_MALFORMED', `the token ${why}`, { cause })
}

/** Whether a token that is verified already is meant for one of the audiences, and signed as it may be. Pure. */
export function isMeantFor({ claims, algorithm }: VerifiedToken, issuer: IssuerSettings): boolean {
  const audiences = [claims.aud ?? []].flat()
  const isAllowed = (issuer.signingAlgorithms as readonly string[]).includes(algorithm)
  return isAllowed && audiences.some((audience) => issuer.audiences.includes(audience))
}

async function verifyWith(
  token: string,
  issuer: IssuerSettings,
  keys: KeySet,
  nowMs: number,
): Promise<VerifiedToken> {
  const options = {
    issuer: issuer.url,
    audience: issuer.audiences,
    algorithms: issuer.signingAlgorithms,
    clockTolerance: NOT_BEFORE_LEEWAY_SECONDS,
    currentDate: new Date(nowMs),
    requiredClaims: ['exp'],
  }
  const { payload: claims, protectedHeader } = await jwtVerify(token, keys.lookUp, options).catch(
    async (error: unknown) => {
      // A token without `kid`, and several keys that might have signed it: any one will do.
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
      for await (const key of error) {
        try {
          return await jwtVerify(token, key, options)
        } catch (oneKeyError) {
          if (!(oneKeyError instanceof errors.JWSSignatureVerificationFailed)) throw oneKeyError
        }
      }
      throw new errors.JWSSignatureVerificationFailed()
    },
  )
  // The tolerance above is meant for nbf only.
  if (claims.exp! * 1000 <= nowMs) {
    throw new AuthenticationError('ERR_TOKEN_EXPIRED', `the token expired at ${isoTime(claims.exp!)}`)
  }
  return { claims, algorithm: protectedHeader.alg, generation: keys.generation }
}

function isKeyMismatch(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed
}

/** jose's errors in our terms. */
function translate(error: unknown): Error {
  const as = (code: AuthenticationError['code'], message: string) =>
    new AuthenticationError(code, message, { cause: error })
  if (error instanceof AuthenticationError) return error
  if (error instanceof errors.JWTExpired) {
    return as('ERR_TOKEN_EXPIRED', `the token expired at ${isoTime(error.payload.exp!)}`)
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return as('ERR_TOKEN_AUDIENCE', 'the token is meant for another audience')
    if (error.claim === 'iss') return as('ERR_TOKEN_ISSUER', 'the token is from another issuer')
    if (error.claim === 'exp') return as('ERR_TOKEN_EXPIRED', 'the token has no usable exp claim')
    return as('ERR_TOKEN_CLAIMS', `the claim "${error.claim}" is not acceptable: ${error.reason}`)
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return as('ERR_TOKEN_SIGNATURE', 'the token is signed with an algorithm that is not allowed')
  }
  if (isKeyMismatch(error)) return as('ERR_TOKEN_SIGNATURE', 'the token is not signed by a key of its issuer')
  return as('ERR_TOKEN_MALFORMED', 'the token could not be verified')
}

function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? 'an impossible time' : date.toISOString()
}
