import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestIssuer, type TestIssuer } from '@gatehouse/authentication/test-issuer'
import { buildKubeconfig, writeKubeconfig } from '@gatehouse/kubeconfig'
import { openCertificateAuthority } from '@gatehouse/pki'
import { startLineProcess } from './line-process.ts'

/** What every peer needs: a static upstream, certificates, an issuer and a token. */
export interface BenchWorld extends AsyncDisposable {
  readonly directory: string
  readonly upstreamPort: number
  readonly caFile: string
  readonly certificateFile: string
  readonly keyFile: string
  /** Leads to the upstream, with a client certificate. */
  readonly kubeconfig: string
  readonly issuer: TestIssuer
  readonly tokenFile: string
}

export async function openBenchWorld(): Promise<BenchWorld> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const authority = await openCertificateAuthority(join(directory, 'ca'), { commonName: 'bench CA' })
  const { certificateFile, keyFile } = await authority.issueServerCertificate({
    directory,
    name: 'server',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  })
  const upstream = stack.use(
    startLineProcess(process.execPath, [
      join(import.meta.dirname, 'upstream-process.ts'),
      certificateFile,
      keyFile,
    ]),
  )
  const upstreamPort = Number(await upstream.readLine())
  const issuer = stack.use(await startTestIssuer({ directory }))
  const groups = ['runtimeAdmin', 'runtimeOperator', 'developers']
  const tokenFile = join(directory, 'token')
  await writeFile(tokenFile, await issuer.mint({ email: 'admin@kyma.cx', email_verified: true, groups }), {
    mode: 0o600,
  })
  const kubeconfig = join(directory, 'kubeconfig.yaml')
  await writeKubeconfig(
    kubeconfig,
    buildKubeconfig({
      cluster: {
        name: 'bench',
        server: `https://127.0.0.1:${upstreamPort}`,
        certificateAuthority: authority.certificatePem,
      },
      user: { name: 'bench', token: 'bench' },
    }),
  )
  const resources = stack.move()
  return {
    directory,
    upstreamPort,
    caFile: authority.certificateFile,
    certificateFile,
    keyFile,
    kubeconfig,
    issuer,
    tokenFile,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
