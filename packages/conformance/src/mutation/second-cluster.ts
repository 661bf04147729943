import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cluster, embeddedProvider } from '@gatehouse/cluster'
import { freePort } from '@gatehouse/cluster/free-port'
import { currentCluster, readKubeconfig } from '@gatehouse/kubeconfig'
import { Supervisor } from '@gatehouse/supervisor'
import { ConformanceError } from '../errors.ts'
import type { Endpoint } from '../paths/endpoint.ts'
import type { Credential } from '../paths/path.ts'
import { type Api, connectApi } from '../run/api.ts'
import { put, type RbacObject, type RbacObjects } from './objects.ts'

/** A cluster to break things in, with the roles and bindings of another. */
export interface SecondCluster extends AsyncDisposable {
  readonly endpoint: Endpoint
  /** The API as its administrator. */
  readonly admin: Api
  /** A client certificate for somebody. */
  readonly credentialOf: (user: string, groups: readonly string[]) => Promise<Credential>
}

/** Starts an embedded cluster in a temporary directory. @throws ClusterError, SupervisorError */
export async function startSecondCluster(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<SecondCluster> {
  await using resources = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-mutation-'))
  resources.defer(() => rm(directory, { recursive: true, force: true }))
  const supervisor = resources.use(new Supervisor())
  const cluster: Cluster = resources.use(
    await embeddedProvider({ exec: 'off' }).start({
      name: 'mutation',
      directory: join(directory, 'cluster'),
      apiserver: { host: '127.0.0.1', port: await freePort() },
      supervisor,
      env,
      signal,
    }),
  )
  const endpoint = { server: cluster.server, certificateAuthority: cluster.certificateAuthority }
  const admin = resources.use(connectApi(endpoint, await credentialIn(cluster.adminKubeconfig), signal))
  const owned = resources.move()
  return {
    endpoint,
    admin,
    credentialOf: async (user, groups) => credentialIn(await cluster.kubeconfigFor({ user, groups })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The client certificate of a kubeconfig's current context. @throws KubeconfigError */
export async function credentialIn(kubeconfig: string): Promise<Credential> {
  const { clientCertificatePem, clientKeyPem } = await currentCluster(await readKubeconfig(kubeconfig))
  if (!clientCertificatePem || !clientKeyPem) throw new Error(`${kubeconfig} has no client certificate`)
  return { clientCertificate: clientCertificatePem, clientKey: clientKeyPem }
}

/** Gives the second cluster the namespaces, roles and bindings of the first, as far as it has none of its own. */
export async function copyRbac(
  api: Api,
  { roles, bindings }: RbacObjects,
  namespaces: readonly string[],
): Promise<void> {
  for (const name of namespaces) {
    const { status, text } = await api.send('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    })
    if (status !== 201 && status !== 409)
      throw new ConformanceError(
        'ERR_CLUSTER',
        `the namespace ${name} can't be made (${status}): ${text.slice(0, 300)}`,
      )
  }
  for (const object of [...roles, ...bindings]) if (!isBuiltIn(object)) await put(api, object)
}

/** The API server and its controllers need theirs at all times, and every cluster has the same. */
function isBuiltIn({ metadata: { name, labels = {} } }: RbacObject): boolean {
  return name.startsWith('system:') || labels['kubernetes.io/bootstrapping'] === 'rbac-defaults'
}
