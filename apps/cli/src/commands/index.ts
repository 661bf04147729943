import type { Command } from 'commander'
import type { Context } from '../context.ts'

type CreateCommand = (context: Context) => Command

/** Every command, in the order of the help. Each is loaded when it's wanted: none waits for what others need. */
const loaders: ReadonlyMap<string, () => Promise<CreateCommand>> = new Map([
  ['up', async () => (await import('./up.ts')).up],
  ['down', async () => (await import('./down.ts')).down],
  ['status', async () => (await import('./status.ts')).status],
  ['logs', async () => (await import('./logs.ts')).logs],
  ['kubeconfig', async () => (await import('./kubeconfig.ts')).kubeconfig],
  ['downloads', async () => (await import('./downloads.ts')).downloads],
  ['get-token', async () => (await import('./get-token.ts')).getToken],
  ['token', async () => (await import('./token.ts')).token],
  ['password', async () => (await import('./password.ts')).password],
  ['revoke', async () => (await import('./revoke.ts')).revoke],
  ['manifests', async () => (await import('./manifests.ts')).manifests],
  ['trust', async () => (await import('./trust.ts')).trust],
  ['why', async () => (await import('./why.ts')).why],
  ['conformance', async () => (await import('./conformance.ts')).conformance],
  ['doctor', async () => (await import('./doctor.ts')).doctor],
])

/** The command of that name, or all of them where there is none, for the help and for the usage error. */
export function loadCommands(name: string | undefined): Promise<readonly CreateCommand[]> {
  const wanted = name === undefined ? undefined : loaders.get(name)
  return Promise.all((wanted === undefined ? [...loaders.values()] : [wanted]).map((load) => load()))
}
