import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import getPort from 'get-port'
import { type Cluster, embeddedProvider } from '@gatehouse/cluster'
import { Supervisor } from '@gatehouse/supervisor'

/** A real cluster of this machine, in a directory that is removed at the end. */
export async function startCluster(): Promise<
  { cluster: Cluster; supervisor: Supervisor } & AsyncDisposable
> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-controller-'))
  const supervisor = new Supervisor()
  const dispose = async () => {
    await supervisor.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const cluster = await embeddedProvider().start({
      name: 'controller',
      directory: join(directory, 'cluster'),
      apiserver: { host: '127.0.0.1', port: await getPort() },
      supervisor,
      env: process.env,
      signal: AbortSignal.timeout(600_000),
    })
    return { cluster, supervisor, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
