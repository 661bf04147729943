import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { nodeOf } from '../engine.ts'
import { type Removal, removeCluster, removeNode } from '../remove.ts'

/** What keeper and remover are told, as JSON in their only argument; nothing in it is secret. */
export interface KeeperSettings {
  readonly removal: Removal
  /** Written when the cluster is kept. */
  readonly readyFile: string
}

const withinMs = 80_000
/** How long a kind that nobody waits for any more may go on before its node appears. */
const afterKillMs = 10_000

/** Waits until the keeper says stop or is gone, and removes the cluster. */
async function main({ removal }: KeeperSettings): Promise<void> {
  const wasTold = (await text(process.stdin)).startsWith('stop')
  if (existsSync(removal.retained)) return
  const signal = AbortSignal.timeout(withinMs)
  if (!wasTold) await removeWhatAppears(removal, signal)
  await removeCluster(removal, signal)
}

/** What a kind that is still at work makes meanwhile goes too; that it does so may be why a removal fails. */
async function removeWhatAppears(removal: Removal, signal: AbortSignal): Promise<void> {
  const engine = { env: removal.kind.env, signal }
  // To look costs a fraction of a removal, which starts containers of its own.
  const remove = async () => {
    if (await nodeOf(engine, removal.name)) await removeNode(removal, signal)
  }
  for (const end = Date.now() + afterKillMs; Date.now() < end; await delay(1_000, undefined, { signal })) {
    await remove().catch(() => undefined)
  }
}

// The group of the terminal may get these; the keeper decides.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined)

// The settings are written by keeper.ts of the same version.
main(JSON.parse(process.argv[2]!) as KeeperSettings).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
