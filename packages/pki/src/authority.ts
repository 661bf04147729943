import { createAuthorityCertificate, type Signer } from './certificate.ts'
import { PkiError } from './errors.ts'
import {
  type ClientCertificateRequest,
  issueClientCertificate,
  issueServerCertificate,
  type ServerCertificateRequest,
} from './issue.ts'
import { generateKeyPair, privateKeyPem, signingKeyOf } from './key.ts'
import { isRestrictedTo, type PermittedNames } from './name-constraints.ts'
import { belongTogether, type CertificateFiles, filesOf, lifetimeOf, type Pair, writePair } from './pair.ts'
import {
  closeDirectory,
  isExposed,
  makePrivateDirectory,
  readIfPresent,
  withDirectoryLock,
} from './private-files.ts'
import { authorityLifetime, checkSubject, isDueForRenewal } from './request.ts'

export interface AuthorityOptions {
  /** The name that people see in their list of trusted authorities; used when one is made. */
  readonly commonName: string
  /**
   * What servers it may sign for; without it, any. An authority that is there and may sign for more than some names,
   * or not for all of these, is replaced: then whoever trusts it has to trust the new one.
   */
  readonly permitted?: PermittedNames
  /** The clock (default: the machine's). */
  readonly now?: () => Date
}

/** A certificate authority of this machine: files in one directory of mode 0700, the key of mode 0600. */
export interface CertificateAuthority {
  readonly certificatePem: string
  readonly certificateFile: string
  /**
   * Writes `<directory>/<name>.crt` and `.key` for a TLS server (396 days). A pair that is there is kept
   * unless it is in the last third of its life, signed by another authority, made for other names, or its
   * key is readable by others.
   *
   * @throws PkiError `ERR_INVALID_REQUEST`; PrivateFilesError `ERR_LOCKED`
   */
  readonly issueServerCertificate: (request: ServerCertificateRequest) => Promise<CertificateFiles>
  /** The same for a TLS client; for Kubernetes, CN is the user and each O a group. */
  readonly issueClientCertificate: (request: ClientCertificateRequest) => Promise<CertificateFiles>
}

/**
 * Opens the authority in `directory`, and makes one when there is none, when it is in the last third of its
 * ten years or when it is not restricted as it is to be. Processes that do so at the same time get the same one.
 *
 * @throws PkiError `ERR_INVALID_REQUEST`, `ERR_KEY_EXPOSED` when others may read the key, `ERR_INCOMPLETE_AUTHORITY` when the
 *   certificate's key is missing or another one, `ERR_UNREADABLE`; PrivateFilesError `ERR_LOCKED`
 */
export async function openCertificateAuthority(
  directory: string,
  { commonName, permitted, now = () => new Date() }: AuthorityOptions,
): Promise<CertificateAuthority> {
  checkSubject({ commonName, organizations: [] })
  await makePrivateDirectory(directory)
  await closeDirectory(directory)
  const files = filesOf(directory, 'ca')
  const pair = await withDirectoryLock(directory, async () => {
    const existing = await readAuthority(files)
    if (existing && isUsable(existing, now(), permitted)) return existing
    const created = await createAuthority(commonName, now(), permitted)
    await writePair(files, created)
    return created
  })
  const signer: Signer = { certificatePem: pair.certificatePem, key: signingKeyOf(pair.keyPem) }
  return {
    certificatePem: pair.certificatePem,
    certificateFile: files.certificateFile,
    issueServerCertificate: (request) => issueServerCertificate(signer, now(), request),
    issueClientCertificate: (request) => issueClientCertificate(signer, now(), request),
  }
}

function isUsable({ certificatePem }: Pair, now: Date, permitted?: PermittedNames): boolean {
  if (isDueForRenewal(lifetimeOf(certificatePem), now)) return false
  return permitted === undefined || isRestrictedTo(certificatePem, permitted)
}

async function createAuthority(commonName: string, now: Date, permitted?: PermittedNames): Promise<Pair> {
  const keys = await generateKeyPair()
  const subject = { commonName, organizations: [] }
  return {
    certificatePem: await createAuthorityCertificate(subject, keys, authorityLifetime(now), permitted),
    keyPem: privateKeyPem(keys.privateKey),
  }
}

async function readAuthority({ certificateFile, keyFile }: CertificateFiles): Promise<Pair | undefined> {
  const [certificatePem, keyPem] = await Promise.all([readIfPresent(certificateFile), readIfPresent(keyFile)])
  // A key alone is left by a start that was interrupted: no one trusts it yet.
  if (certificatePem === undefined) return undefined
  if (await isExposed(keyFile)) {
    throw new PkiError(
      'ERR_KEY_EXPOSED',
      `others may read or write the private key of the certificate authority, ${keyFile}. ` +
        `If nobody did, run: chmod 600 '${keyFile}'. Otherwise delete it and ${certificateFile}: a new authority is made`,
    )
  }
  if (keyPem === undefined || !belongTogether(certificatePem, keyPem)) {
    throw new PkiError(
      'ERR_INCOMPLETE_AUTHORITY',
      `${certificateFile} and ${keyFile} are not a certificate and its key. ` +
        'Restore the one that is missing or wrong, or delete both: a new authority is made, and what trusted the old one must trust it',
    )
  }
  return { certificatePem, keyPem }
}
