import type { V1ClusterRoleBinding } from '@kubernetes/client-node'
import type { ClusterFile } from '../target.ts'

/** One file that was handed out with a credential of its own. */
export interface Download {
  /** Random; names the binding, and is part of the credential's user. */
  readonly id: string
  /** The catalogue's entry that it was downloaded of; several may be about one API server. */
  readonly clusterId: string
  /** Who downloaded it. */
  readonly downloadedBy: string
  readonly file: ClusterFile
  readonly issuedAt: Date
  /** When the binding goes, and with it everything that the credential may do. */
  readonly expiresAt: Date
  /** The user that the API server knows the credential by. */
  readonly user: string
}

const RBAC = 'rbac.authorization.k8s.io'
const NAME_PREFIX = 'gatehouse-download-'
const ANNOTATION = 'gatehouse.localhost/'
const LABELS = { 'app.kubernetes.io/managed-by': 'gatehouse-kubeconfig-generator' }

/** Finds the bindings of downloads, whatever they are called. */
export const DOWNLOAD_SELECTOR = Object.entries(LABELS)
  .map(([key, value]) => `${key}=${value}`)
  .join(',')

/**
 * The user of a download's credential. No issuer's token can carry a name in `system:` (they are refused), so
 * nobody can log in as one.
 */
export function downloadUser(id: string, downloadedBy: string): string {
  return `system:gatehouse:download:${downloadedBy}:${id}`
}

export function bindingName(id: string): string {
  return NAME_PREFIX + id
}

/** The one object that a download's rights hang on: deleting it is revoking. Pure. */
export function bindingOf(download: Download, clusterRole: string): V1ClusterRoleBinding {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: {
      name: bindingName(download.id),
      labels: LABELS,
      annotations: {
        [`${ANNOTATION}cluster-id`]: download.clusterId,
        [`${ANNOTATION}downloaded-by`]: download.downloadedBy,
        [`${ANNOTATION}file`]: download.file,
        [`${ANNOTATION}issued-at`]: download.issuedAt.toISOString(),
        [`${ANNOTATION}expires-at`]: download.expiresAt.toISOString(),
      },
    },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: clusterRole },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: download.user }],
  }
}

/** The download that a binding is of; undefined for one that does not say everything. Pure. */
export function downloadOf({ metadata, subjects }: V1ClusterRoleBinding): Download | undefined {
  const { name = '', annotations = {} } = metadata ?? {}
  const said = (what: string) => annotations[ANNOTATION + what]
  const [clusterId, downloadedBy] = [said('cluster-id'), said('downloaded-by')]
  const [file, user] = [said('file'), subjects?.[0]?.name]
  const issuedAt = new Date(said('issued-at') ?? NaN)
  const expiresAt = new Date(said('expires-at') ?? NaN)
  const isFile = file === 'kubeconfig' || file === 'adminkubeconfig'
  const isDated = !Number.isNaN(issuedAt.getTime()) && !Number.isNaN(expiresAt.getTime())
  if (
    !name.startsWith(NAME_PREFIX) ||
    clusterId === undefined ||
    downloadedBy === undefined ||
    !isFile ||
    !isDated ||
    user === undefined
  ) {
    return undefined
  }
  return { id: name.slice(NAME_PREFIX.length), clusterId, downloadedBy, file, issuedAt, expiresAt, user }
}

/** Whether a binding has to go: its time is up, or it does not say until when it holds. Pure. */
export function isOver(binding: V1ClusterRoleBinding, now: Date): boolean {
  const download = downloadOf(binding)
  return download === undefined || download.expiresAt <= now
}
