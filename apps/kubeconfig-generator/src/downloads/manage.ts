import type { V1ClusterRoleBinding } from '@kubernetes/client-node'
import { loadConfiguration } from '@gatehouse/server'
import { catalogueSchema, type ClusterSettings } from '../catalogue/schema.ts'
import { appendAudit } from './audit-log.ts'
import { type Download, downloadOf } from './binding.ts'
import { deleteBinding, listBindings, openClusterApi } from './cluster-api.ts'
import { DownloadError } from './errors.ts'

export type { Download }

/** A download, and the cluster that it is for. */
export interface ListedDownload extends Download {
  readonly cluster: string
}

export interface Books {
  readonly catalogueFile: string
  readonly auditFile: string
}

interface Found {
  readonly cluster: ClusterSettings
  readonly binding: V1ClusterRoleBinding
  readonly download: Download
}

/**
 * Every download with a credential that is in force, the latest first. The clusters are asked themselves, so
 * that it is true whether the generator runs or not.
 *
 * @throws ConfigurationError, DownloadError `ERR_CLUSTER_UNAVAILABLE`
 */
export async function listDownloads({
  catalogueFile,
}: Pick<Books, 'catalogueFile'>): Promise<ListedDownload[]> {
  const found = await find(catalogueFile)
  return found
    .map(({ cluster, download }) => ({ ...download, cluster: cluster.name }))
    .toSorted((one, other) => other.issuedAt.getTime() - one.issuedAt.getTime())
}

/**
 * Revokes downloads by their IDs: from then on their credentials may do nothing.
 *
 * @throws ConfigurationError, DownloadError `ERR_UNKNOWN_DOWNLOAD` before anything is revoked
 */
export async function revokeDownloads(
  { catalogueFile, auditFile }: Books,
  ids: readonly string[],
): Promise<ListedDownload[]> {
  const found = await find(catalogueFile)
  const chosen = [...new Set(ids)].map((id) => {
    const one = found.find(({ download }) => download.id === id)
    if (one) return one
    const message = `there is no download "${id}" in force; see "gatehouse downloads list"`
    throw new DownloadError('ERR_UNKNOWN_DOWNLOAD', message)
  })
  const revoked: ListedDownload[] = []
  for (const { cluster, binding, download } of chosen) {
    await deleteBinding(await openClusterApi(cluster.credentials!.kubeconfig), binding)
    await appendAudit(auditFile, {
      event: 'revoked',
      user: download.downloadedBy,
      clusterId: cluster.id,
      cluster: cluster.name,
      project: cluster.project,
      file: download.file,
      downloadId: download.id,
      expiresAt: download.expiresAt.toISOString(),
    })
    revoked.push({ ...download, cluster: cluster.name })
  }
  return revoked
}

async function find(catalogueFile: string): Promise<Found[]> {
  const { clusters } = await loadConfiguration(catalogueFile, catalogueSchema)
  const now = new Date()
  const lists = await Promise.all(
    clusters.map(async (cluster): Promise<Found[]> => {
      if (!cluster.credentials) return []
      const bindings = await listBindings(await openClusterApi(cluster.credentials.kubeconfig))
      return bindings.flatMap((binding) => {
        const download = downloadOf(binding)
        const isOurs = download?.clusterId === cluster.id && download.expiresAt > now
        return isOurs ? [{ cluster, binding, download }] : []
      })
    }),
  )
  return lists.flat()
}
