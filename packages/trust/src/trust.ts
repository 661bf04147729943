import type { TrustErrorCode } from './errors.ts'
import { TrustError } from './errors.ts'
import { keychainStore } from './keychain.ts'
import type { Machine } from './machine.ts'
import { nssStores } from './nss-stores.ts'
import type { Anchor, StoreState, TrustStore } from './store.ts'
import { linuxSystemStore } from './system-store.ts'

/** What became of one store. */
export interface StoreReport {
  readonly title: string
  readonly place: string
  /** How it is now; undefined when it can't be read. */
  readonly state: StoreState | undefined
  readonly changed: boolean
  /** Why it is not as it was to be. */
  readonly problem?: {
    readonly code: TrustErrorCode
    readonly message: string
    readonly byHand: readonly string[]
  }
}

/** How each store of the machine sees `anchor`; changes nothing. */
export function trustStatus(machine: Machine, anchor: Anchor): Promise<StoreReport[]> {
  return eachStore(machine, (store) => report(store, anchor, 'add', async () => false))
}

/** Makes each store trust `anchor`. One that can't be changed is as it was, and its report says what to do. */
export function trust(machine: Machine, anchor: Anchor): Promise<StoreReport[]> {
  return eachStore(machine, (store) =>
    report(store, anchor, 'add', async () => {
      if ((await store.state(anchor)) === 'trusted') return false
      await store.add(anchor)
      return true
    }),
  )
}

/** Makes each store forget `anchor`, and whatever else it knows under that name. */
export function distrust(machine: Machine, anchor: Anchor): Promise<StoreReport[]> {
  return eachStore(machine, (store) =>
    report(store, anchor, 'remove', async () => {
      if ((await store.state(anchor)) === 'absent') return false
      await store.remove(anchor)
      return true
    }),
  )
}

/** One after the other: several may belong to one browser. */
async function eachStore(
  machine: Machine,
  work: (store: TrustStore) => Promise<StoreReport>,
): Promise<StoreReport[]> {
  const reports: StoreReport[] = []
  for (const store of await storesOf(machine)) reports.push(await work(store))
  return reports
}

async function storesOf(machine: Machine): Promise<TrustStore[]> {
  const system = machine.platform === 'darwin' ? keychainStore(machine) : await linuxSystemStore(machine)
  return [...(system ? [system] : []), ...(await nssStores(machine))]
}

async function report(
  store: TrustStore,
  anchor: Anchor,
  change: 'add' | 'remove',
  work: () => Promise<boolean>,
): Promise<StoreReport> {
  const { title, place } = store
  try {
    const changed = await work()
    return { title, place, changed, state: await store.state(anchor) }
  } catch (error) {
    if (!(error instanceof TrustError)) throw error
    const problem = { code: error.code, message: error.message, byHand: store.byHand(change, anchor) }
    // What can't be changed can often be read; what can't be read is the same problem again.
    const state = await store.state(anchor).catch(() => undefined)
    return { title, place, changed: false, state, problem }
  }
}
