import type { webcrypto } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { createClientCertificate, createServerCertificate, type Signer } from './certificate.ts'
import { namesOf, subjectOf } from './inspect.ts'
import { generateKeyPair, privateKeyPem } from './key.ts'
import { checkPermitted } from './name-constraints.ts'
import { type CertificateFiles, filesOf, isSignedBy, lifetimeOf, readUsablePair, writePair } from './pair.ts'
import { makePrivateDirectory, withDirectoryLock } from './private-files.ts'
import {
  canonicalNames,
  checkFileName,
  checkSubject,
  clientLifetime,
  isDueForRenewal,
  serverLifetime,
  type Subject,
} from './request.ts'

export interface ServerCertificateRequest {
  /** Where `<name>.crt` and `<name>.key` stand; made with mode 0700 when missing. */
  readonly directory: string
  readonly name: string
  /** Default: `name`. */
  readonly commonName?: string
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
}

export interface ClientCertificateRequest {
  readonly directory: string
  readonly name: string
  /** The user, for Kubernetes. */
  readonly commonName: string
  /** The groups, for Kubernetes. */
  readonly organizations?: readonly string[]
  /** Default: a year. */
  readonly validForSeconds?: number
}

/** Issues a server certificate, or leaves the one in the files when it would be no different and has time left. */
export async function issueServerCertificate(
  signer: Signer,
  now: Date,
  request: ServerCertificateRequest,
): Promise<CertificateFiles> {
  const names = canonicalNames(request)
  checkPermitted(signer.certificatePem, names)
  const subject = { commonName: request.commonName ?? request.name, organizations: [] }
  return reuseOrIssue(signer, now, request, subject, {
    isSame: (pem) => isDeepStrictEqual(namesOf(pem), names),
    create: (publicKey) =>
      createServerCertificate(signer, {
        subject,
        names,
        publicKey,
        lifetime: serverLifetime(now, end(signer)),
      }),
  })
}

/** Issues a client certificate, or leaves the one in the files when it would be no different and has time left. */
export async function issueClientCertificate(
  signer: Signer,
  now: Date,
  request: ClientCertificateRequest,
): Promise<CertificateFiles> {
  const subject = { commonName: request.commonName, organizations: request.organizations ?? [] }
  const lifetime = clientLifetime(now, end(signer), request.validForSeconds)
  return reuseOrIssue(signer, now, request, subject, {
    // A shorter life that is asked for now must not get an older, longer one.
    isSame: (pem) => lifetimeOf(pem).notAfter <= lifetime.notAfter,
    create: (publicKey) => createClientCertificate(signer, { subject, publicKey, lifetime }),
  })
}

interface Kind {
  readonly isSame: (certificatePem: string) => boolean
  readonly create: (publicKey: webcrypto.CryptoKey) => Promise<string>
}

async function reuseOrIssue(
  signer: Signer,
  now: Date,
  { directory, name }: { directory: string; name: string },
  subject: Subject,
  { isSame, create }: Kind,
): Promise<CertificateFiles> {
  checkFileName(name)
  checkSubject(subject)
  await makePrivateDirectory(directory)
  const files = filesOf(directory, name)
  return withDirectoryLock(directory, async () => {
    const existing = (await readUsablePair(files))?.certificatePem
    const usable =
      existing !== undefined &&
      isSignedBy(existing, signer.certificatePem) &&
      isDeepStrictEqual(subjectOf(existing), subject) &&
      !isDueForRenewal(lifetimeOf(existing), now) &&
      isSame(existing)
    if (!usable) {
      // A renewed certificate gets a new key: an old one may have been copied.
      const keys = await generateKeyPair()
      await writePair(files, {
        certificatePem: await create(keys.publicKey),
        keyPem: privateKeyPem(keys.privateKey),
      })
    }
    return files
  })
}

function end(signer: Signer): Date {
  return lifetimeOf(signer.certificatePem).notAfter
}
