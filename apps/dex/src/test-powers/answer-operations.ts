import type {
  OperationAnswer,
  OperationBody,
  OperationName,
  OperationParams,
} from '@gatehouse/dex-test-powers'
import type { KeyRing } from '../keys/key-ring.ts'
import type { IssuerClock } from '../time/clock.ts'
import type { Directory } from './directory.ts'
import type { Faults } from './faults.ts'
import type { ReadableJournal } from './journal.ts'
import type { TokenMint } from './mint-token.ts'
import { ProblemError } from './problem.ts'
import { USER_TILES_PATH, type UserTiles } from './user-tiles.ts'

/** What each operation does, after its request was checked. */
export type OperationHandlers = {
  readonly [Name in OperationName]: (
    params: OperationParams<Name>,
    body: OperationBody<Name>,
  ) => OperationAnswer<Name> | Promise<OperationAnswer<Name>>
}

export interface Powers {
  readonly issuer: string
  readonly directory: Directory
  readonly tokenMint: TokenMint
  readonly clock: IssuerClock
  readonly keyRing: KeyRing
  readonly faults: Faults
  readonly journal: ReadableJournal
  readonly userTiles: UserTiles
}

export function operationHandlers(powers: Powers): OperationHandlers {
  const { directory, tokenMint, clock, keyRing, faults, journal, userTiles } = powers

  const clockState = () => ({
    now: new Date(clock.now()).toISOString(),
    offsetSeconds: clock.offsetSeconds(),
  })
  const moveClock = async (offsetSeconds: number) => {
    clock.setOffset(offsetSeconds)
    // So that the keys are those of the new time when this is answered.
    await keyRing.clockMoved()
    return clockState()
  }
  const keysState = async () => {
    const { jwks } = await keyRing.publish()
    return {
      signing: keyRing.signingKey().publicJwk.kid ?? '',
      published: jwks.keys.map(({ kid }) => kid ?? ''),
    }
  }

  return {
    listUsers: () => ({ items: directory.listUsers() }),
    createUser: (_, user) => directory.createUser(user),
    getUser: ({ email }) => directory.getUser(email),
    changeUser: ({ email }, change) => directory.changeUser(email, change),
    deleteUser: ({ email }) => directory.deleteUser(email),
    listGroups: () => ({ items: directory.listGroups() }),
    setGroup: ({ name }, { members }) => directory.setGroup(name, members),
    deleteGroup: ({ name }) => directory.deleteGroup(name),
    mintToken: (_, request) => tokenMint.mint(request),
    getClock: clockState,
    setClock: (_, setting) => moveClock(offsetOf(setting, clock)),
    async resetClock() {
      await moveClock(0)
    },
    getKeys: keysState,
    async rotateKeys() {
      await keyRing.rotateNow()
      return keysState()
    },
    async loseKeys() {
      await keyRing.loseNow()
      tokenMint.forgetKeys()
      return keysState()
    },
    listFaults: () => ({ items: [...faults.list()] }),
    addFault: (_, fault) => faults.add(fault),
    removeFault({ id }) {
      if (!faults.remove(id)) throw new ProblemError(404, `There is no fault ${id}.`)
    },
    clearFaults: () => faults.clear(),
    listLogins: () => ({ items: [...journal.list()] }),
    getLogin({ id }) {
      const login = journal.find(id)
      if (!login) throw new ProblemError(404, `There is no login ${id}.`)
      return login
    },
    clearLogins: () => journal.clear(),
    createUserTilesLink() {
      const { ticket, expiresAt } = userTiles.createTicket()
      return { url: `${powers.issuer}${USER_TILES_PATH}/${ticket}`, expiresAt: expiresAt.toISOString() }
    },
  }
}

/** Seconds between the real time and the one that is asked for. */
function offsetOf(setting: OperationBody<'setClock'>, clock: IssuerClock): number {
  if ('offsetSeconds' in setting) return setting.offsetSeconds
  if ('advanceSeconds' in setting) return clock.offsetSeconds() + setting.advanceSeconds
  // Up, so that the time that was asked for has come.
  return Math.ceil((Date.parse(setting.now) - (clock.now() - clock.offsetSeconds() * 1000)) / 1000)
}
