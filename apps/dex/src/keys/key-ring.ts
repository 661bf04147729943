import { randomBytes } from 'node:crypto'
import type { Logger } from '@gatehouse/server'
import {
  type CryptoKey,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { Storage } from '../storage/storage.ts'
import {
  cacheSeconds,
  type KeyPair,
  publicKeys,
  rotate,
  type RotationPolicy,
  type StoredKeys,
} from './rotation.ts'

export const SIGNING_ALGORITHM = 'RS256'
const KIND = 'keys'
const ID = 'openid-connect-keys'
/** setTimeout takes no more (about 24 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The signing keys of the issuer, in the storage, rotated in time. */
export interface KeyRing extends AsyncDisposable {
  /** Signs `claims` as a JWT with the key of the moment. */
  readonly sign: (claims: JWTPayload) => Promise<string>
  /**
   * The claims of a token that one of the keys signed and that has not expired.
   *
   * @throws jose's JOSEError for every other token
   */
  readonly verify: (token: string, issuer: string) => Promise<JWTPayload>
  /** What `/keys` answers, and for how many seconds it may be cached. */
  readonly publish: () => { readonly jwks: JSONWebKeySet; readonly maxAgeSeconds: number }
  /** Makes a new key sign from now on; the former one still verifies. */
  readonly rotateNow: () => Promise<void>
}

/**
 * Loads the keys from `storage`, or makes the first one, and rotates them by `policy` from then on.
 *
 * @throws DexError `ERR_STORAGE`
 */
export async function openKeyRing(
  storage: Storage,
  policy: RotationPolicy,
  logger: Logger,
): Promise<KeyRing> {
  const stored = (await storage.get<StoredKeys>(KIND, ID))?.value
  let keys = stored && stored.rotateAt > seconds() ? stored : await makeAndStore(stored)
  let signingKey = await importPrivateKey(keys)
  let timer = schedule()

  async function makeAndStore(former: StoredKeys | undefined): Promise<StoredKeys> {
    const next = rotate(former, await makePair(), policy, seconds())
    await storage.put(KIND, ID, { value: next })
    return next
  }
  async function rotateNow(): Promise<void> {
    const next = await makeAndStore(keys)
    const key = await importPrivateKey(next)
    ;[keys, signingKey] = [next, key]
    clearTimeout(timer)
    timer = schedule()
    logger.info({ keyID: next.publicJwk.kid, retired: next.retired.length }, 'the signing key was rotated')
  }
  function schedule(): NodeJS.Timeout {
    const wait = Math.max(0, keys.rotateAt * 1000 - Date.now())
    const isDue = wait <= LONGEST_TIMER_MS
    const work = isDue ? rotateInTime : () => void (timer = schedule())
    return setTimeout(work, Math.min(wait, LONGEST_TIMER_MS)).unref()
  }
  function rotateInTime(): void {
    rotateNow().catch((error: unknown) => {
      logger.error({ err: error }, 'the signing key could not be rotated; the old one goes on')
      timer = setTimeout(rotateInTime, 10_000).unref()
    })
  }

  return {
    sign(claims) {
      const header = { alg: SIGNING_ALGORITHM, kid: keys.publicJwk.kid ?? '' }
      return new SignJWT(claims).setProtectedHeader(header).sign(signingKey)
    },
    async verify(token, issuer) {
      const jwks = createLocalJWKSet({ keys: publicKeys(keys, seconds()) })
      const { payload } = await jwtVerify(token, jwks, {
        issuer,
        algorithms: [SIGNING_ALGORITHM],
        requiredClaims: ['exp', 'sub', 'aud'],
      })
      return payload
    },
    publish() {
      const now = seconds()
      return { jwks: { keys: publicKeys(keys, now) }, maxAgeSeconds: cacheSeconds(keys, now) }
    },
    rotateNow,
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
    },
  }
}

/** An RSA key of 2048 bits, as Dex makes them. */
async function makePair(): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(SIGNING_ALGORITHM, {
    modulusLength: 2048,
    extractable: true,
  })
  const names = { kid: randomBytes(20).toString('hex'), use: 'sig', alg: SIGNING_ALGORITHM }
  const [privateJwk, publicJwk] = await Promise.all([exportJWK(privateKey), exportJWK(publicKey)])
  return { privateJwk: { ...privateJwk, ...names }, publicJwk: { ...publicJwk, ...names } }
}

async function importPrivateKey(keys: StoredKeys): Promise<CryptoKey> {
  return (await importJWK(keys.privateJwk, SIGNING_ALGORITHM)) as CryptoKey
}

function seconds(): number {
  return Math.floor(Date.now() / 1000)
}
