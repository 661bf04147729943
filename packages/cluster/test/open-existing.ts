import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readKubeconfig, type KubeconfigUser, writeKubeconfig } from '@gatehouse/kubeconfig'
import { Supervisor } from '@gatehouse/supervisor'
import { type ExistingCluster, type ExistingOptions, existingProvider } from '../src/index.ts'
import type { TestCluster } from '../src/test-cluster.ts'

export interface Opened extends AsyncDisposable {
  readonly cluster: ExistingCluster
  readonly directory: string
}

/** Opens a cluster by a kubeconfig, with a directory of its own that is removed with it. */
export async function openExisting(
  kubeconfig: string,
  options: Partial<ExistingOptions> = {},
  env: Record<string, string> = {},
): Promise<Opened> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-existing-'))
  try {
    const cluster = await existingProvider({ kubeconfig, ...options }).start({
      name: 'test',
      directory,
      apiserver: { host: '127.0.0.1', port: 1 },
      supervisor: new Supervisor(),
      env: { ...process.env, ...env },
      signal: AbortSignal.timeout(30_000),
    })
    return {
      cluster,
      directory,
      [Symbol.asyncDispose]: async () => {
        await cluster[Symbol.asyncDispose]()
        await rm(directory, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

/** Writes a kubeconfig for the administrator's cluster with another credential, and other fields of the cluster. */
export async function kubeconfigWith(
  { cluster }: TestCluster,
  file: string,
  user: KubeconfigUser,
  fields: Record<string, unknown> = {},
): Promise<string> {
  const document = await readKubeconfig(cluster.adminKubeconfig)
  await writeKubeconfig(file, {
    ...document,
    clusters: document.clusters.map((entry) => ({ ...entry, cluster: { ...entry.cluster, ...fields } })),
    users: document.users.map(({ name }) => ({ name, user })),
  })
  return file
}
