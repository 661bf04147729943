import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProcessSpec } from '@gatehouse/supervisor'
import { stringify } from 'yaml'
import { type StateDirectory, writePrivateFile } from '../state-directory.ts'

/** One of the apps, ready to be started: which configuration it gets and how its health is asked. */
export interface Service {
  readonly name: string
  /** What `import.meta.resolve` finds: the app's `main`. */
  readonly main: string
  /** The configuration file's content. */
  readonly configuration: unknown
  readonly operationsPort: number
  readonly dependsOn?: readonly string[]
}

/**
 * Writes the service's configuration file and says how to run it; a service in `without` is somebody else's
 * to run.
 */
export async function prepareService(
  service: Service,
  state: StateDirectory,
  without: readonly string[],
): Promise<ProcessSpec> {
  const configFile = join(state.config, `${service.name}.yaml`)
  await writePrivateFile(configFile, stringify(service.configuration, { lineWidth: 0 }))
  return {
    name: service.name,
    command: process.execPath,
    args: [fileURLToPath(service.main), '--config', configFile],
    // Compiled code is kept between starts, which saves a good part of a service's start.
    env: { NODE_COMPILE_CACHE: join(state.data, 'compile-cache') },
    ...(without.includes(service.name) ? { external: true } : {}),
    cwd: state.root,
    logFile: join(state.logs, `${service.name}.log`),
    ...(service.dependsOn ? { dependsOn: service.dependsOn } : {}),
    isHealthy: (signal) => isReady(service.operationsPort, signal),
    healthyWithinMs: 30_000,
  }
}

async function isReady(port: number, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]),
  })
  await response.body?.cancel()
  return response.ok
}
