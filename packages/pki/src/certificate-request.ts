import { distinguishedName } from './certificate.ts'
import { algorithm, generateKeyPair, privateKeyPem } from './key.ts'
import { checkSubject, type Subject } from './request.ts'
import { Pkcs10CertificateRequestGenerator } from './x509.ts'

/** What somebody else's authority signs, and the key that stays here. */
export interface CertificateRequest {
  /** PKCS #10 (RFC 2986), PEM. */
  readonly requestPem: string
  /** PKCS #8, PEM. */
  readonly keyPem: string
}

/**
 * Makes a key and the request for a certificate with it; for Kubernetes, CN is the user and each O a group.
 *
 * @throws PkiError `ERR_INVALID_REQUEST`
 */
export async function createCertificateRequest(subject: Subject): Promise<CertificateRequest> {
  checkSubject(subject)
  const keys = await generateKeyPair()
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: distinguishedName(subject),
    keys,
    signingAlgorithm: algorithm,
  })
  return {
    requestPem: `${request.toString('pem').trimEnd()}\n`,
    keyPem: privateKeyPem(keys.privateKey),
  }
}
