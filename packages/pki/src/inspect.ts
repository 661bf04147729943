import { type AlternativeNames, canonicalNames, type Subject } from './request.ts'
import { SubjectAlternativeNameExtension, X509Certificate } from './x509.ts'

/** The alternative names of a certificate in canonical form; undefined when it has none. */
export function namesOf(certificatePem: string): AlternativeNames | undefined {
  const extension = new X509Certificate(certificatePem).getExtension(SubjectAlternativeNameExtension)
  if (!extension) return undefined
  const { items } = extension.names
  return canonicalNames({
    dnsNames: items.filter(({ type }) => type === 'dns').map(({ value }) => value),
    ipAddresses: items.filter(({ type }) => type === 'ip').map(({ value }) => value),
  })
}

export function subjectOf(certificatePem: string): Subject {
  const { subjectName } = new X509Certificate(certificatePem)
  return { commonName: subjectName.getField('CN')[0] ?? '', organizations: subjectName.getField('O') }
}
