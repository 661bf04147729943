import { readFile } from 'node:fs/promises'
import { type KubeconfigDocument, readKubeconfig, stringifyKubeconfig } from '@gatehouse/kubeconfig'
import {
  ApiException,
  CertificatesV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
  type V1ClusterRoleBinding,
} from '@kubernetes/client-node'
import { DOWNLOAD_SELECTOR } from './binding.ts'
import { DownloadError } from './errors.ts'

/** The parts of one cluster's API that downloads need. */
export interface ClusterApi {
  readonly certificates: CertificatesV1Api
  readonly rbac: RbacAuthorizationV1Api
}

/**
 * Opens the API by this service's own kubeconfig, which is read anew each time: its credential may be renewed.
 *
 * @throws DownloadError `ERR_CLUSTER_UNAVAILABLE`
 */
export async function openClusterApi(kubeconfigFile: string): Promise<ClusterApi> {
  const kubeconfig = new KubeConfig()
  try {
    kubeconfig.loadFromString(stringifyKubeconfig(await withToken(await readKubeconfig(kubeconfigFile))))
    return {
      certificates: kubeconfig.makeApiClient(CertificatesV1Api),
      rbac: kubeconfig.makeApiClient(RbacAuthorizationV1Api),
    }
  } catch (cause) {
    const message = `the kubeconfig ${kubeconfigFile} is not usable: ${(cause as Error).message}`
    throw new DownloadError('ERR_CLUSTER_UNAVAILABLE', message, { cause })
  }
}

/** With the current user's token out of its file, as client-go reads it (first of all); the library overlooks `tokenFile`. */
async function withToken(document: KubeconfigDocument): Promise<KubeconfigDocument> {
  const current = document.contexts.find(({ name }) => name === document['current-context'])
  const users = document.users.map(async (entry) => {
    const { tokenFile } = entry.user
    if (!tokenFile || entry.name !== current?.context.user) return entry
    return { ...entry, user: { ...entry.user, token: (await readFile(tokenFile, 'utf8')).trim() } }
  })
  return { ...document, users: await Promise.all(users) }
}

/** The bindings of all downloads of a cluster. @throws DownloadError `ERR_CLUSTER_UNAVAILABLE` */
export async function listBindings({ rbac }: ClusterApi): Promise<readonly V1ClusterRoleBinding[]> {
  const list = await asking('list the bindings of downloads', () =>
    rbac.listClusterRoleBinding({ labelSelector: DOWNLOAD_SELECTOR }),
  )
  return list.items
}

/**
 * Deletes exactly the binding that was looked at; false when it is gone already.
 *
 * @throws DownloadError `ERR_CLUSTER_UNAVAILABLE`
 */
export async function deleteBinding(
  { rbac }: ClusterApi,
  { metadata }: V1ClusterRoleBinding,
): Promise<boolean> {
  const { name = '', uid } = metadata ?? {}
  return asking('delete the binding of a download', () =>
    rbac.deleteClusterRoleBinding({ name, body: uid === undefined ? {} : { preconditions: { uid } } }).then(
      () => true,
      (error: unknown) => {
        // 409: another object has the name now, so this one is gone.
        if (error instanceof ApiException && (error.code === 404 || error.code === 409)) return false
        throw error
      },
    ),
  )
}

/** Says what was asked of the API server when it refuses or can't be reached. */
export async function asking<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw new DownloadError('ERR_CLUSTER_UNAVAILABLE', `could not ${what}: ${messageOf(cause)}`, { cause })
  }
}

/** The sentence of the API server where there is one, without headers and bodies. */
function messageOf(error: unknown): string {
  if (!(error instanceof ApiException)) {
    const { message, cause } = error as Error
    return cause instanceof Error ? `${message}: ${cause.message}` : message
  }
  const body: unknown = typeof error.body === 'string' ? parse(error.body) : error.body
  const message = (body as { message?: unknown } | undefined)?.message
  return typeof message === 'string' ? message : `the API server answered ${error.code}`
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return { message: body }
  }
}
