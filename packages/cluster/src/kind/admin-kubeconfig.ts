import { buildKubeconfig, currentCluster, parseKubeconfig, writeKubeconfig } from '@gatehouse/kubeconfig'
import { ClusterError } from '../errors.ts'

/**
 * Writes the administrator's kubeconfig (mode 0600) with our names, from the text of kind's.
 *
 * @throws ClusterError `ERR_NOT_READY` when kind's holds no client certificate
 */
export async function adminKubeconfigOf(
  text: string,
  { name, server, file }: { name: string; server: string; file: string },
): Promise<void> {
  const { caPem, clientCertificatePem, clientKeyPem } = await currentCluster(parseKubeconfig(text))
  if (clientCertificatePem === undefined || clientKeyPem === undefined) {
    throw new ClusterError('ERR_NOT_READY', "kind's kubeconfig holds no client certificate: start again")
  }
  const document = buildKubeconfig({
    cluster: { name, server, certificateAuthority: caPem },
    user: { name: 'kubernetes-admin', clientCertificate: clientCertificatePem, clientKey: clientKeyPem },
  })
  await writeKubeconfig(file, document)
}
