import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessSpec } from '@gatehouse/supervisor'
import { scriptPath } from '../embedded/script.ts'
import type { Environment } from '../provider.ts'
import type { KeeperSettings } from './keeper/main.ts'
import type { Layout } from './layout.ts'
import type { Removal } from './remove.ts'

/** What docker and kind read; the rest of somebody's environment stays out of a process that outlives us. */
const passedOn = /^(PATH|HOME|DOCKER_.*|KIND_.*|XDG_RUNTIME_DIR|SSH_AUTH_SOCK)$/

/** The part of the environment that docker and kind need. Pure. */
export function engineEnvironment(env: Environment): Record<string, string> {
  const entries = Object.entries(env)
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value !== undefined && passedOn.test(name) ? [[name, value]] : [])),
  )
}

/** The process's name, since it stands for the cluster. */
export const KEEPER = 'kind-cluster'

/**
 * The process that removes the cluster when it is told to end, and also when it is killed together with all of
 * this; see keeper/main.ts.
 */
export async function keeperProcess(layout: Layout, removal: Removal): Promise<ProcessSpec> {
  for (const file of [layout.keeperReady, layout.retained]) await rm(file, { force: true })
  const settings: KeeperSettings = { removal, readyFile: layout.keeperReady }
  return {
    name: KEEPER,
    command: process.execPath,
    args: [scriptPath('../kind/keeper/main'), JSON.stringify(settings)],
    env: engineEnvironment(removal.kind.env),
    logFile: join(layout.logs, `${KEEPER}.log`),
    isHealthy: async () => existsSync(layout.keeperReady),
    stopWithinMs: 90_000,
    restart: 'never',
  }
}
