import { randomBytes } from 'node:crypto'
import type { Logger } from '@gatehouse/server'
import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
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
/** How long a replica signs with a key that another may have retired. */
const FRESH_FOR_MS = 10_000
const LOOK_AGAIN_AFTER_MS = 1000
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
  readonly publish: () => Promise<{ readonly jwks: JSONWebKeySet; readonly maxAgeSeconds: number }>
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
  let readAt = performance.now()
  let timer = schedule()
  let others: JWK[] = []
  let lastChange: Promise<unknown> = Promise.resolve()

  /** Of replicas that rotate at once one makes the key, and the others take it. */
  async function makeAndStore(former: StoredKeys | undefined): Promise<StoredKeys> {
    const pair = await makePair()
    const kept = await storage.update<StoredKeys>(KIND, ID, (current) =>
      current && kidOf(current.value) !== kidOf(former)
        ? undefined
        : { value: rotate(former, pair, policy, seconds()) },
    )
    return kept?.value ?? rotate(former, pair, policy, seconds())
  }
  async function adopt(next: StoredKeys, what: string): Promise<void> {
    const key = await importPrivateKey(next)
    ;[keys, signingKey, readAt] = [next, key, performance.now()]
    clearTimeout(timer)
    timer = schedule()
    logger.info({ keyID: kidOf(next), retired: next.retired.length }, what)
  }
  /** Takes up what another replica has changed, unless that was looked at less than `withinMs` ago. */
  async function refresh(withinMs: number): Promise<void> {
    if (performance.now() - readAt < withinMs) return
    const current = (await storage.get<StoredKeys>(KIND, ID))?.value
    readAt = performance.now()
    if (current && kidOf(current) !== kidOf(keys)) await adopt(current, 'another replica has rotated the key')
  }
  /** One change after the other, whoever asks for it. */
  function change(work: () => Promise<void>): Promise<void> {
    const changed = lastChange.then(work, work)
    lastChange = changed.catch(() => undefined)
    return changed
  }
  function rotateNow(): Promise<void> {
    return change(async () => adopt(await makeAndStore(keys), 'the signing key was rotated'))
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
    async sign(claims) {
      await refresh(FRESH_FOR_MS)
      const header = { alg: SIGNING_ALGORITHM, kid: keys.publicJwk.kid ?? '' }
      return new SignJWT(claims).setProtectedHeader(header).sign(signingKey)
    },
    async verify(token, issuer, { evenExpired = false } = {}) {
      const verifyNow = () =>
        jwtVerify(token, createLocalJWKSet({ keys: publicKeys(keys, seconds()) }), {
          issuer,
          currentDate: new Date(evenExpired ? 0 : clock.now()),
          algorithms: [SIGNING_ALGORITHM],
          requiredClaims: ['exp', 'sub', 'aud'],
        })
      const { payload } = await verifyNow().catch(async (error: unknown) => {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        // Another replica may have made that key; whoever invents keys does not keep the storage busy.
        await refresh(LOOK_AGAIN_AFTER_MS)
        return verifyNow()
      })
      return payload
    },
    async publish() {
      await refresh(0)
      const now = seconds()
      return { jwks: { keys: [...publicKeys(keys, now), ...others] }, maxAgeSeconds: cacheSeconds(keys, now) }
    },
    rotateNow,
    loseNow: () =>
      change(async () => {
        await storage.delete(KIND, ID)
        await adopt(await makeAndStore(undefined), 'the signing keys were lost')
        others = []
      }),
    clockMoved: () =>
      change(async () => {
        if (keys.rotateAt <= seconds()) {
          await adopt(await makeAndStore(keys), 'the signing key was rotated')
        } else {
          clearTimeout(timer)
          timer = schedule()
        }
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

function kidOf(keys: StoredKeys | undefined): string | undefined {
  return keys?.publicJwk.kid
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
