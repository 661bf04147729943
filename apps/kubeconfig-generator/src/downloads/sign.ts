import { setTimeout as delay } from 'node:timers/promises'
import type { V1CertificateSigningRequest } from '@kubernetes/client-node'
import { asking, type ClusterApi } from './cluster-api.ts'
import { DownloadError } from './errors.ts'
import { SIGNER } from './signer.ts'

/** What Kubernetes takes at least (`spec.expirationSeconds`). */
const MIN_CERTIFICATE_SECONDS = 600
const SIGNED_WITHIN_MS = 10_000
const LOOK_AGAIN_MS = 50

export interface SignedCertificate {
  readonly certificatePem: string
  readonly keyPem: string
}

/**
 * Has the cluster's own authority sign a client certificate for `user` without any group. The key is made here
 * and never leaves but in the file. The request is deleted again: it has done its work.
 *
 * @throws DownloadError `ERR_CLUSTER_UNAVAILABLE`, `ERR_NOT_SIGNED`
 */
export async function signCertificate(
  api: ClusterApi,
  { name, user, lifetimeSeconds }: { name: string; user: string; lifetimeSeconds: number },
): Promise<SignedCertificate> {
  // Loaded when it is first needed: all of X.509 is some two hundred modules.
  const { createCertificateRequest } = await import('@gatehouse/pki')
  const { requestPem, keyPem } = await createCertificateRequest({ commonName: user, organizations: [] })
  const created = await asking('create the CertificateSigningRequest', () =>
    api.certificates.createCertificateSigningRequest({
      body: {
        metadata: { name },
        spec: {
          request: Buffer.from(requestPem).toString('base64'),
          signerName: SIGNER,
          usages: ['client auth', 'digital signature'],
          expirationSeconds: Math.max(MIN_CERTIFICATE_SECONDS, lifetimeSeconds),
        },
      },
    }),
  )
  try {
    await asking('approve the CertificateSigningRequest', () =>
      api.certificates.replaceCertificateSigningRequestApproval({ name, body: approved(created) }),
    )
    return { certificatePem: await untilSigned(api, name), keyPem }
  } finally {
    await asking('delete the CertificateSigningRequest', () =>
      api.certificates.deleteCertificateSigningRequest({ name }),
    )
  }
}

function approved({ metadata, spec }: V1CertificateSigningRequest): V1CertificateSigningRequest {
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'KubeconfigDownload',
    message: 'The kubeconfig generator hands it out with a binding of its own.',
  }
  return { ...(metadata ? { metadata } : {}), spec, status: { conditions: [condition] } }
}

async function untilSigned(api: ClusterApi, name: string): Promise<string> {
  const deadline = performance.now() + SIGNED_WITHIN_MS
  for (;;) {
    const { status } = await asking('read the CertificateSigningRequest', () =>
      api.certificates.readCertificateSigningRequest({ name }),
    )
    if (status?.certificate) return Buffer.from(status.certificate, 'base64').toString('utf8')
    const refused = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed')
    if (refused) {
      const why = refused.message ?? refused.reason ?? 'without a reason'
      throw new DownloadError('ERR_NOT_SIGNED', `the cluster did not sign the certificate: ${why}`)
    }
    if (performance.now() > deadline) {
      const message = `the cluster did not sign the certificate within ${SIGNED_WITHIN_MS / 1000} s; does its controller-manager run with a signing certificate?`
      throw new DownloadError('ERR_NOT_SIGNED', message)
    }
    await delay(LOOK_AGAIN_MS)
  }
}
