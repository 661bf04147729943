import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildKubeconfig, writeKubeconfig } from '@gatehouse/kubeconfig'
import type { CertificateFiles } from '@gatehouse/pki'
import { assertOrdinaryIdentity, distinct } from '../identity.ts'
import type { ClusterIdentity } from '../provider.ts'
import type { Certificates } from './certificates.ts'
import type { Layout } from './layout.ts'

/** The cluster of a kubeconfig, and the authority that signs for it. */
export interface SigningCluster {
  readonly name: string
  readonly server: string
  readonly certificates: Pick<Certificates, 'cluster'>
}

export interface CredentialSettings extends SigningCluster {
  readonly certificates: Certificates
}

/** Writes a kubeconfig that holds a client certificate and its key, mode 0600, and returns its path. */
export async function writeCertificateKubeconfig(
  file: string,
  user: string,
  { certificateFile, keyFile }: CertificateFiles,
  { name, server, certificates }: SigningCluster,
): Promise<string> {
  const [clientCertificate, clientKey] = await Promise.all([
    readFile(certificateFile, 'utf8'),
    readFile(keyFile, 'utf8'),
  ])
  const document = buildKubeconfig({
    cluster: { name, server, certificateAuthority: certificates.cluster.certificatePem },
    user: { name: user, clientCertificate, clientKey },
  })
  await writeKubeconfig(file, document)
  return file
}

/**
 * A kubeconfig for someone without rights: a client certificate whose CN is the user and whose O are the
 * groups. The same identity gets the same file.
 *
 * @throws ClusterError `ERR_RESERVED_IDENTITY`
 */
export async function kubeconfigForIdentity(
  layout: Pick<Layout, 'identities'>,
  identity: ClusterIdentity,
  settings: SigningCluster,
): Promise<string> {
  assertOrdinaryIdentity(identity)
  const { user } = identity
  const { groups, digest } = distinct(identity)
  const client = await settings.certificates.cluster.issueClientCertificate({
    directory: layout.identities,
    name: digest,
    commonName: user,
    organizations: groups,
  })
  return writeCertificateKubeconfig(
    join(layout.identities, `${digest}.kubeconfig.yaml`),
    user,
    client,
    settings,
  )
}
