import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Supervisor } from '@gatehouse/supervisor'
import { type EmbeddedOptions, embeddedProvider } from './embedded/embedded.ts'
import { freePort } from './free-port.ts'
import type { Cluster, ClusterOptions } from './provider.ts'

export interface TestCluster extends AsyncDisposable {
  readonly cluster: Cluster
  readonly supervisor: Supervisor
  /** Removed at the end; the cluster's own is below. */
  readonly directory: string
}

/** An embedded cluster for the tests of other packages, in a directory of its own. */
export async function startTestCluster({
  authentication,
  ...embedded
}: Pick<ClusterOptions, 'authentication'> & EmbeddedOptions = {}): Promise<TestCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-cluster-'))
  const supervisor = new Supervisor()
  const dispose = async () => {
    await supervisor.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const cluster = await embeddedProvider(embedded).start({
      name: 'test',
      directory: join(directory, 'cluster'),
      apiserver: { host: '127.0.0.1', port: await freePort() },
      ...(authentication ? { authentication } : {}),
      supervisor,
      env: process.env,
      signal: AbortSignal.timeout(600_000),
    })
    return { cluster, supervisor, directory, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
