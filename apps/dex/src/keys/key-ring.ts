import { randomBytes } from 'node:crypto'
import type { Logger } from '@gatehouse/server'
import {
  type CryptoKey,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { Storage } from '../storage/storage.ts'
import type { IssuerClock } from '../time/clock.ts'
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
  readonly verify: (
    token: string,
    issuer: string,
    options?: { readonly evenExpired?: boolean },
  ) => Promise<JWTPayload>
  /** What `/keys` answers, and for how many seconds it may be cached. */
  readonly publish: () => { readonly jwks: JSONWebKeySet; readonly maxAgeSeconds: number }
  /** Makes a new key sign from now on; the former one still verifies. */
  readonly rotateNow: () => Promise<void>
  /** Forgets every key for a new one: what they signed can be verified no more. */
  readonly loseNow: () => Promise<void>
  /** To be called when the clock was moved: rotates the keys if that is due now. */
  readonly clockMoved: () => Promise<void>
  /** The key of the moment, to sign what a test asks for. */
  readonly signingKey: () => KeyPair
  /** Publishes one more key until the keys are lost or the process ends; nothing verifies with it here. */
  readonly publishAlso: (publicJwk: JWK) => void
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
  clock: IssuerClock,
): Promise<KeyRing> {
  const { seconds } = clock
  const stored = (await storage.get<StoredKeys>(KIND, ID))?.value
  let keys = stored && stored.rotateAt > seconds() ? stored : await makeAndStore(stored)
  let signingKey = await importPrivateKey(keys)
  let timer = schedule()
  let others: JWK[] = []
  let lastChange: Promise<unknown> = Promise.resolve()

  async function makeAndStore(former: StoredKeys | undefined): Promise<StoredKeys> {
    const next = rotate(former, await makePair(), policy, seconds())
    await storage.put(KIND, ID, { value: next })
    return next
  }
  async function replace(former: StoredKeys | undefined, what: string): Promise<void> {
    const next = await makeAndStore(former)
    const key = await importPrivateKey(next)
    ;[keys, signingKey] = [next, key]
    clearTimeout(timer)
    timer = schedule()
    logger.info({ keyID: next.publicJwk.kid, retired: next.retired.length }, what)
  }
  /** One change after the other, whoever asks for it. */
  function change(work: () => Promise<void>): Promise<void> {
    const changed = lastChange.then(work, work)
    lastChange = changed.catch(() => undefined)
    return changed
  }
  function rotateNow(): Promise<void> {
    return change(() => replace(keys, 'the signing key was rotated'))
  }
  function schedule(): NodeJS.Timeout {
    const wait = Math.max(0, keys.rotateAt * 1000 - clock.now())
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
    async verify(token, issuer, { evenExpired = false } = {}) {
      const jwks = createLocalJWKSet({ keys: publicKeys(keys, seconds()) })
      const { payload } = await jwtVerify(token, jwks, {
        issuer,
        currentDate: new Date(evenExpired ? 0 : clock.now()),
        algorithms: [SIGNING_ALGORITHM],
        requiredClaims: ['exp', 'sub', 'aud'],
      })
      return payload
    },
    publish() {
      const now = seconds()
      return { jwks: { keys: [...publicKeys(keys, now), ...others] }, maxAgeSeconds: cacheSeconds(keys, now) }
    },
    rotateNow,
    loseNow: () =>
      change(async () => {
        await replace(undefined, 'the signing keys were lost')
        others = []
      }),
    clockMoved: () =>
      change(async () => {
        if (keys.rotateAt <= seconds()) return replace(keys, 'the signing key was rotated')
        clearTimeout(timer)
        timer = schedule()
        return undefined
      }),
    signingKey: () => keys,
    publishAlso(publicJwk) {
      others = [...others, publicJwk]
    },
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
