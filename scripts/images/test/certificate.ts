import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCertificateAuthority } from '@gatehouse/pki'

/** A server certificate for a container called `name`, as files to mount, and the authority (PEM) behind it. */
export async function certificateFor(name: string) {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-certificate-'))
  try {
    const authority = await openCertificateAuthority(directory, { commonName: 'Test' })
    const files = await authority.issueServerCertificate({
      directory,
      name,
      dnsNames: [name],
      ipAddresses: [],
    })
    const read = (file: string) => readFile(file, 'utf8')
    const tls = { 'tls.crt': await read(files.certificateFile), 'tls.key': await read(files.keyFile) }
    return { authority: authority.certificatePem, tls }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Where a service finds the files of `certificateFor` once they are mounted. */
export const mountedTls = {
  certificateFile: '/etc/gatehouse/tls.crt',
  keyFile: '/etc/gatehouse/tls.key',
}
