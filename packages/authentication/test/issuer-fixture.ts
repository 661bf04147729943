import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createTokenVerifier,
  issuerSettingsSchema,
  type IssuerSettingsInput,
  type TokenVerifier,
} from '../src/index.ts'
import { startTestIssuer, type TestIssuer, type TestIssuerOptions } from '../src/test-issuer.ts'

export interface Fixture extends AsyncDisposable {
  readonly issuer: TestIssuer
  /** Moves the verifier's clock, in seconds. */
  advance(seconds: number): void
  verifier(settings?: Partial<IssuerSettingsInput>): TokenVerifier
}

/** A test issuer and verifiers that trust it, with a clock that can be moved. */
export async function issuerFixture(options: Partial<TestIssuerOptions> = {}): Promise<Fixture> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-authentication-'))
  const issuer = await startTestIssuer({ directory, ...options })
  const stack = new AsyncDisposableStack()
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  stack.use(issuer)
  let offsetMs = 0
  return {
    issuer,
    advance: (seconds) => {
      offsetMs += seconds * 1000
    },
    verifier: (settings = {}) =>
      stack.use(
        createTokenVerifier({
          issuers: [issuerSettingsSchema.parse({ ...issuer.settings, ...settings })],
          clock: () => Date.now() + offsetMs,
        }),
      ),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The code of the AuthenticationError that `promise` rejects with, or 'accepted'. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'accepted',
    (error: { code?: string }) => error.code ?? 'an error without a code',
  )
}
