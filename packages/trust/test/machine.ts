import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CertificateAuthority, openCertificateAuthority } from '@gatehouse/pki'
import type { Anchor, Machine } from '../src/index.ts'

export interface TestMachine extends AsyncDisposable {
  readonly machine: Machine
  readonly directory: string
  readonly anchor: Anchor
  readonly authority: CertificateAuthority
  /** Another authority under the same name, as a stack has after it began anew. */
  readonly renewed: () => Promise<Anchor>
}

/** A root and a home of their own, with the folders of Debian or of none. */
export async function makeMachine(folders: readonly string[] = DEBIAN): Promise<TestMachine> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-trust-test-'))
  const machine = {
    platform: 'linux',
    root: join(directory, 'root'),
    home: join(directory, 'home'),
    env: process.env,
  } as const
  await mkdir(machine.home, { recursive: true })
  for (const folder of folders) await mkdir(join(machine.root, folder), { recursive: true })
  let made = 0
  const make = async () => {
    const authority = await openCertificateAuthority(join(directory, `ca-${made++}`), {
      commonName: 'Test CA',
      permitted: { dnsNames: ['a.test'], ipRanges: ['127.0.0.0/8'] },
    })
    const { certificatePem: certificate, certificateFile } = authority
    return {
      authority,
      anchor: { name: 'gatehouse-test', commonName: 'Test CA', certificate, certificateFile },
    }
  }
  return {
    machine,
    directory,
    ...(await make()),
    renewed: async () => (await make()).anchor,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

const DEBIAN = ['usr/local/share/ca-certificates', 'etc/ssl/certs', 'etc/ca-certificates/update.d']
