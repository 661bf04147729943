import { randomBytes, X509Certificate } from 'node:crypto'
import type { CredentialSettings } from '../catalogue/schema.ts'
import { bindingName, bindingOf, type Download, downloadUser } from './binding.ts'
import { asking, deleteBinding, openClusterApi } from './cluster-api.ts'
import { signCertificate, type SignedCertificate } from './sign.ts'

export interface IssuedCredential extends SignedCertificate {
  readonly download: Download
  /** Takes everything back: nobody got the file. */
  readonly takeBack: () => Promise<void>
}

/**
 * Issues a personal, short-lived credential: a client certificate, and a binding of its own that gives it its
 * rights. The certificate comes first, so that what fails in between leaves no rights behind.
 *
 * @throws DownloadError `ERR_CLUSTER_UNAVAILABLE`, `ERR_NOT_SIGNED`
 */
export async function issueCredential(
  settings: CredentialSettings,
  { clusterId, downloadedBy, file }: Pick<Download, 'clusterId' | 'downloadedBy' | 'file'>,
): Promise<IssuedCredential> {
  const api = await openClusterApi(settings.kubeconfig)
  const id = randomBytes(10).toString('hex')
  const user = downloadUser(id, downloadedBy)
  const { lifetimeSeconds } = settings
  const issuedAt = new Date()
  const signed = await signCertificate(api, { name: bindingName(id), user, lifetimeSeconds })
  const certificateEnd = new X509Certificate(signed.certificatePem).validToDate
  const wantedEnd = new Date(issuedAt.getTime() + lifetimeSeconds * 1000)
  const expiresAt = certificateEnd < wantedEnd ? certificateEnd : wantedEnd
  const download: Download = { id, clusterId, downloadedBy, file, issuedAt, expiresAt, user }
  const binding = await asking('create the binding of the download', () =>
    api.rbac.createClusterRoleBinding({ body: bindingOf(download, settings.clusterRole) }),
  )
  return {
    ...signed,
    download,
    takeBack: async () => {
      await deleteBinding(api, binding)
    },
  }
}
