import { createHmac, createPublicKey, randomBytes, randomUUID } from 'node:crypto'
import type { Algorithm, OperationAnswer, OperationBody, TokenFault } from '@gatehouse/dex-test-powers'
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose'
import { tokenClaims } from '../claims/token-claims.ts'
import { LOCAL_CONNECTOR_ID } from '../config/check-together.ts'
import { identityOf } from '../connectors/local.ts'
import type { Users } from '../connectors/users.ts'
import { type KeyRing, SIGNING_ALGORITHM } from '../keys/key-ring.ts'
import type { KeyPair } from '../keys/rotation.ts'
import type { IssuerClock } from '../time/clock.ts'
import { ProblemError } from './problem.ts'

export interface TokenMintOptions {
  readonly issuer: string
  /** Seconds that a token lives where the request doesn't say. */
  readonly lifetime: number
  /** The audience where the request doesn't say. */
  readonly defaultClientID: string
  readonly users: Users
  readonly keyRing: KeyRing
  readonly clock: IssuerClock
}

/** Makes the tokens that tests ask for, good ones and bad ones. */
export interface TokenMint {
  /** @throws ProblemError 404 for a user who is not there */
  readonly mint: (request: OperationBody<'mintToken'>) => Promise<OperationAnswer<'mintToken'>>
  /** Forgets the keys of other algorithms, whose public halves are gone. */
  readonly forgetKeys: () => void
}

const HOUR = 3600
const DEFAULT_SCOPES = ['openid', 'email', 'groups', 'profile']

export function createTokenMint(options: TokenMintOptions): TokenMint {
  const { issuer, lifetime, defaultClientID, users, keyRing, clock } = options
  const keys = new Map<Algorithm, KeyPair>()

  const claimsOf = ({
    user: email,
    clientID,
    scopes,
    lifetimeSeconds,
  }: OperationBody<'mintToken'>): JWTPayload => {
    const user = email === undefined ? undefined : users.find(email)
    if (email !== undefined && !user) throw new ProblemError(404, `There is no user ${email}.`)
    const common = { issuer, lifetime: lifetimeSeconds ?? lifetime, issuedAt: clock.seconds() }
    const audience = clientID ?? defaultClientID
    if (user) {
      return tokenClaims(
        {
          ...common,
          clientID: audience,
          connectorID: LOCAL_CONNECTOR_ID,
          identity: identityOf(user),
          scopes: scopes ?? DEFAULT_SCOPES,
          nonce: undefined,
        },
        randomUUID(),
      )
    }
    const { issuedAt } = common
    return { iss: issuer, sub: randomUUID(), aud: audience, exp: issuedAt + common.lifetime, iat: issuedAt }
  }

  const keyFor = async (algorithm: Algorithm, fault: TokenFault | undefined): Promise<KeyPair> => {
    if (fault === 'unknownKey') return makePair(algorithm)
    if (fault === 'forgedKey') {
      const { kid } = (await keyFor(algorithm, undefined)).publicJwk
      const { privateJwk, publicJwk } = await makePair(algorithm)
      return { privateJwk: { ...privateJwk, kid: kid! }, publicJwk }
    }
    if (algorithm === SIGNING_ALGORITHM) return keyRing.signingKey()
    const known = keys.get(algorithm)
    if (known) return known
    const pair = await makePair(algorithm)
    keys.set(algorithm, pair)
    keyRing.publishAlso(pair.publicJwk)
    return pair
  }

  return {
    async mint(request) {
      const { fault, algorithm = SIGNING_ALGORITHM } = request
      const asked = withChanges(claimsOf(request), request.claims ?? {})
      const claims = withFault(asked, fault, clock.seconds())
      const pair = await keyFor(algorithm, fault)
      const header = headerOf(fault, algorithm, pair.privateJwk.kid)
      const token = await sign(header, claims, pair, fault)
      return { token, header, claims }
    },
    forgetKeys: () => keys.clear(),
  }
}

/** `claims` with others in their place; null takes one away. Pure. */
function withChanges(claims: JWTPayload, changes: Readonly<Record<string, unknown>>): JWTPayload {
  const all = [...Object.entries(claims), ...Object.entries(changes)]
  return Object.fromEntries(new Map(all).entries().filter(([, value]) => value !== null))
}

/** What faults in the claims make of them; the others are in the signature. Pure. */
const FAULTY_CLAIMS: Partial<Record<TokenFault, (claims: JWTPayload, now: number) => JWTPayload>> = {
  expired: (claims, now) => ({ ...claims, iat: now - 2 * HOUR, exp: now - HOUR }),
  notYetValid: (claims, now) => ({ ...claims, iat: now + HOUR, nbf: now + HOUR, exp: now + 2 * HOUR }),
  wrongAudience: (claims) => ({ ...claims, aud: 'a-client-that-does-not-exist' }),
  wrongIssuer: (claims) => ({ ...claims, iss: 'https://another-issuer.invalid' }),
  unverifiedEmail: (claims) => ({ ...claims, email_verified: false }),
  manyGroups(claims) {
    const own: unknown = claims['groups']
    const more = Array.from({ length: 300 }, (_, index) => `group-${String(index + 1).padStart(3, '0')}`)
    return { ...claims, groups: [...(Array.isArray(own) ? (own as unknown[]) : []), ...more] }
  },
}

function withFault(claims: JWTPayload, fault: TokenFault | undefined, now: number): JWTPayload {
  return (fault && FAULTY_CLAIMS[fault]?.(claims, now)) ?? claims
}

function headerOf(fault: TokenFault | undefined, algorithm: Algorithm, kid: string | undefined) {
  if (fault === 'algorithmNone') return { alg: 'none' }
  return { alg: fault === 'algorithmConfusion' ? 'HS256' : algorithm, ...(kid === undefined ? {} : { kid }) }
}

async function sign(
  header: { readonly alg: string; readonly kid?: string },
  claims: JWTPayload,
  { privateJwk, publicJwk }: KeyPair,
  fault: TokenFault | undefined,
): Promise<string> {
  const unsigned = [header, claims].map((part) => base64url(JSON.stringify(part))).join('.')
  if (fault === 'algorithmNone') return `${unsigned}.`
  if (fault === 'algorithmConfusion') return `${unsigned}.${hmac(unsigned, publicPem(publicJwk))}`
  const key = await importJWK(privateJwk, header.alg)
  const token = await new SignJWT(claims).setProtectedHeader(header).sign(key)
  return fault === 'brokenSignature' ? withBrokenSignature(token) : token
}

function withBrokenSignature(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[0]! ^= 1
  return [header, payload, bytes.toString('base64url')].join('.')
}

async function makePair(algorithm: Algorithm): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const names = { kid: randomBytes(20).toString('hex'), use: 'sig', alg: algorithm }
  const [privateJwk, publicJwk] = await Promise.all([exportJWK(privateKey), exportJWK(publicKey)])
  return { privateJwk: { ...privateJwk, ...names }, publicJwk: { ...publicJwk, ...names } }
}

function publicPem(jwk: JWK): string {
  // Node's JsonWebKey is jose's JWK with an index signature.
  return createPublicKey({ key: { ...jwk }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString()
}

function hmac(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url')
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
