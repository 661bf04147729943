import type { Logger } from '@gatehouse/server'
import type { DexConfig } from '../config/dex-config.ts'
import type { TestPowersSettings } from '../config/test-powers.ts'
import type { Users } from '../connectors/users.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { IssuerClock } from '../time/clock.ts'
import { operationHandlers } from './answer-operations.ts'
import { createDirectory } from './directory.ts'
import { createTestPowersDispatch } from './dispatch.ts'
import { createFaults, type Faults } from './faults.ts'
import { createJournal, type ReadableJournal } from './journal.ts'
import { startTestPowersListener } from './listener.ts'
import { createTokenMint } from './mint-token.ts'
import { openSecret } from './secret.ts'
import { createUserTiles, type UserTiles } from './user-tiles.ts'

export interface TestPowersParts {
  readonly config: DexConfig
  readonly clock: IssuerClock
  readonly users: Users
  readonly keyRing: KeyRing
  readonly logger: Logger
}

/** What only a mock can do, where the configuration says so. */
export interface TestPowers {
  readonly faults: Faults
  readonly journal: ReadableJournal
  readonly userTiles: UserTiles
  /**
   * Starts their listener; `endpoints` are the names of those that faults can hit.
   *
   * @throws ServerError, ConfigurationError, DexError `ERR_TEST_POWERS`
   */
  readonly listen: (endpoints: Iterable<string>) => Promise<AsyncDisposable & { readonly url: string }>
}

export function createTestPowers(settings: TestPowersSettings, parts: TestPowersParts): TestPowers {
  const { config, clock, users, keyRing } = parts
  const { issuer } = config
  const logger = parts.logger.child({ listener: 'test-powers' })
  const journal = createJournal(clock)
  const userTiles = createUserTiles()
  let known: ReadonlySet<string> = new Set()
  const faults = createFaults(() => known)
  const handlers = operationHandlers({
    issuer,
    directory: createDirectory(users, config.enablePasswordDB),
    tokenMint: createTokenMint({
      issuer,
      lifetime: config.expiry.idTokens,
      defaultClientID: config.staticClients[0]?.id ?? 'test',
      users,
      keyRing,
      clock,
    }),
    clock,
    keyRing,
    faults,
    journal,
    userTiles,
  })
  return {
    faults,
    journal,
    userTiles,
    async listen(endpoints) {
      known = new Set(endpoints)
      const secret = await openSecret(settings.secretFile)
      const handle = createTestPowersDispatch({ secret, handlers, logger })
      const listener = await startTestPowersListener(settings.listen, config.web, handle, logger)
      logger.warn({ url: listener.url }, 'test powers are on: whoever has their secret can be anybody')
      return listener
    },
  }
}
