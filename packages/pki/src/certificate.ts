import { randomBytes, type webcrypto } from 'node:crypto'
import { algorithm } from './key.ts'
import { nameConstraintsExtension, type PermittedNames } from './name-constraints.ts'
import type { AlternativeNames, Lifetime, Subject } from './request.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.ts'

/** The key and the certificate that sign. */
export interface Signer {
  readonly certificatePem: string
  readonly key: webcrypto.CryptoKey
}

/**
 * A self-signed CA certificate (RFC 5280 section 4.2): it may sign certificates of servers and clients, not of
 * CAs, and for servers only with the names that are permitted, where they are given.
 */
export async function createAuthorityCertificate(
  subject: Subject,
  keys: webcrypto.CryptoKeyPair,
  lifetime: Lifetime,
  permitted?: PermittedNames,
): Promise<string> {
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: distinguishedName(subject),
    keys,
    signingAlgorithm: algorithm,
    serialNumber: serialNumber(),
    ...lifetime,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ...(permitted ? [nameConstraintsExtension(permitted)] : []),
    ],
  })
  return pem(certificate)
}

/** A certificate for TLS servers. Clients look at the alternative names only (RFC 9525), but they show the subject. */
export async function createServerCertificate(
  signer: Signer,
  request: { subject: Subject; names: AlternativeNames; publicKey: webcrypto.CryptoKey; lifetime: Lifetime },
): Promise<string> {
  const names = [
    ...request.names.dnsNames.map((value) => ({ type: 'dns', value }) as const),
    ...request.names.ipAddresses.map((value) => ({ type: 'ip', value }) as const),
  ]
  return createLeaf(signer, request, ExtendedKeyUsage.serverAuth, [
    new SubjectAlternativeNameExtension(names),
  ])
}

/** A certificate for TLS clients; Kubernetes reads the user from CN and the groups from O. */
export async function createClientCertificate(
  signer: Signer,
  request: { subject: Subject; publicKey: webcrypto.CryptoKey; lifetime: Lifetime },
): Promise<string> {
  return createLeaf(signer, request, ExtendedKeyUsage.clientAuth, [])
}

async function createLeaf(
  signer: Signer,
  request: { subject: Subject; publicKey: webcrypto.CryptoKey; lifetime: Lifetime },
  usage: ExtendedKeyUsage,
  extensions: readonly Extension[],
): Promise<string> {
  const authority = new X509Certificate(signer.certificatePem)
  const certificate = await X509CertificateGenerator.create({
    subject: distinguishedName(request.subject),
    issuer: authority.subjectName,
    publicKey: request.publicKey,
    signingKey: signer.key,
    signingAlgorithm: algorithm,
    serialNumber: serialNumber(),
    ...request.lifetime,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      await SubjectKeyIdentifierExtension.create(request.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.publicKey),
      ...extensions,
    ],
  })
  return pem(certificate)
}

/** The values go in as UTF8String as they are: nothing in them is read as another attribute or as hex. */
export function distinguishedName({ commonName, organizations }: Subject): Name {
  return new Name([
    ...organizations.map((organization) => ({ O: [{ utf8String: organization }] })),
    { CN: [{ utf8String: commonName }] },
  ])
}

/** 16 random bytes; the first bits are 01, so that the number is positive and never shorter (RFC 5280 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return bytes.toString('hex')
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trimEnd()}\n`
}
