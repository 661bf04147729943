import { createPrivateKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { writePrivateFile } from '@gatehouse/private-files'
import { isExposed, readIfPresent } from './private-files.ts'
import type { Lifetime } from './request.ts'

/** The files of a certificate and its private key (PEM). */
export interface CertificateFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

export interface Pair {
  readonly certificatePem: string
  readonly keyPem: string
}

export function filesOf(directory: string, name: string): CertificateFiles {
  return { certificateFile: join(directory, `${name}.crt`), keyFile: join(directory, `${name}.key`) }
}

/** The key first: whoever sees the new certificate finds its key. */
export async function writePair({ certificateFile, keyFile }: CertificateFiles, pair: Pair): Promise<void> {
  await writePrivateFile(keyFile, pair.keyPem)
  await writePrivateFile(certificateFile, pair.certificatePem)
}

/** A pair that belongs together and that nobody else could read; undefined for anything else. */
export async function readUsablePair({
  certificateFile,
  keyFile,
}: CertificateFiles): Promise<Pair | undefined> {
  const [certificatePem, keyPem] = await Promise.all([readIfPresent(certificateFile), readIfPresent(keyFile)])
  if (certificatePem === undefined || keyPem === undefined || (await isExposed(keyFile))) return undefined
  return belongTogether(certificatePem, keyPem) ? { certificatePem, keyPem } : undefined
}

/** False also when one of them is not what it should be. */
export function belongTogether(certificatePem: string, keyPem: string): boolean {
  try {
    return new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem))
  } catch {
    return false
  }
}

export function lifetimeOf(certificatePem: string): Lifetime {
  const { validFromDate, validToDate } = new X509Certificate(certificatePem)
  return { notBefore: validFromDate, notAfter: validToDate }
}

/** Whether the key of `authorityPem` signed `certificatePem`. */
export function isSignedBy(certificatePem: string, authorityPem: string): boolean {
  const authority = new X509Certificate(authorityPem)
  const certificate = new X509Certificate(certificatePem)
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}
