import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareCache } from '@gatehouse/binaries'
import { compileCache } from '@gatehouse/binaries/cache-root'
import { writePrivateFile } from '@gatehouse/private-files'
import { http } from '@gatehouse/server/node-http'
import type { ProcessSpec } from '@gatehouse/supervisor'
import { stringify } from 'yaml'
import type { Composition } from '../composition.ts'
import type { StateDirectory } from '../state-directory.ts'
import type { ServiceName } from './names.ts'

/** What streams get to end in: a service is to be back within a second of a save, whoever watches. */
export const DRAIN_SECONDS = 0.25

/** One of the apps, ready to be started: which configuration it gets and how its health is asked. */
export interface Service {
  readonly name: ServiceName
  /** What `import.meta.resolve` finds: the app's `main`. */
  readonly main: string
  /** The configuration file's content. */
  readonly configuration: unknown
  readonly operationsPort: number
  readonly dependsOn?: readonly string[]
  /** How long a start may take; 30 s when absent. */
  readonly healthyWithinMs?: number
}

/**
 * Makes the folder in which Node keeps compiled code for the next start of any stack, which saves a good part of a
 * service's start, and returns its path.
 *
 * @throws BinariesError `ERR_CACHE` when others could put code there
 */
export async function prepareCompiledCode(env: Composition['env']): Promise<string> {
  const directory = compileCache(env)
  await prepareCache(directory)
  return directory
}

/**
 * Writes the service's configuration file and says how to run it; a service in `without` is somebody else's
 * to run. `compiledCode` is the folder that `prepareCompiledCode` made.
 */
export async function prepareService(
  service: Service,
  { state, without }: Pick<Composition, 'state' | 'without'>,
  compiledCode: string,
): Promise<ProcessSpec> {
  const configFile = configFileOf(service.name, state)
  await writePrivateFile(configFile, stringify(service.configuration, { lineWidth: 0 }))
  return {
    name: service.name,
    command: process.execPath,
    args: [fileURLToPath(service.main), '--config', configFile],
    env: { NODE_COMPILE_CACHE: compiledCode },
    ...(without?.includes(service.name) ? { external: true } : {}),
    cwd: state.root,
    logFile: join(state.logs, `${service.name}.log`),
    ...(service.dependsOn ? { dependsOn: service.dependsOn } : {}),
    isHealthy: (signal) => isReady(service.operationsPort, signal),
    healthyWithinMs: service.healthyWithinMs ?? 30_000,
  }
}

/** Asked often while a service starts, so with as little of HTTP as does. */
function isReady(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(2000)])
    const options = { host: '127.0.0.1', port, path: '/readyz', agent: false, signal: limit }
    http
      .get(options, (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      })
      .once('error', reject)
  })
}

/** What somebody types to run a service by hand that the stack waits for. Pure. */
export function commandByHand(name: ServiceName, state: StateDirectory): string {
  return `pnpm --filter @gatehouse/${name} dev --config ${configFileOf(name, state)}`
}

function configFileOf(name: ServiceName, state: StateDirectory): string {
  return join(state.config, `${name}.yaml`)
}
