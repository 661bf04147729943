import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestIssuer } from '@gatehouse/authentication/test-issuer'
import { modulesDirectory, moduleSource } from '@gatehouse/binaries/go'
import { buildKubeconfig, writeKubeconfig } from '@gatehouse/kubeconfig'
import { execa } from 'execa'
import getPort from 'get-port'
import { beforeAll, describe, expect, test } from 'vitest'
import { type KindCluster, kindProvider } from '../src/index.ts'
import { ensureNetwork } from '../src/kind/engine.ts'
import { defaultImage } from '../src/kind/node-image.ts'
import { kubectlOutput, startTestCluster, type TestCluster } from '../src/test-cluster.ts'
import { machineState, toolboxImage, whyNoKind } from '../src/test-machine.ts'
import { killOwner, untilRemoverHasEnded } from './killed-owner.ts'
import { testProvider } from './provider-suite.ts'

const reason = await whyNoKind()
if (reason !== undefined) console.warn(`the kind provider is not tested: ${reason}`)
// In CI a missing engine is a failure, elsewhere a reason to skip.
const isSkipped = reason !== undefined && !process.env['CI']

test.skipIf(isSkipped)('the image that is pulled is the one that the pinned kind would take', async () => {
  const settings = { env: process.env, signal: AbortSignal.timeout(50_000) }
  const source = await moduleSource(join(modulesDirectory, 'kind'), 'sigs.k8s.io/kind', settings)
  const file = join(source, 'pkg/apis/config/defaults/image.go')
  expect(await readFile(file, 'utf8')).toContain(`const Image = "${defaultImage}"`)
})

/** One cluster for all of it, since a node takes long to make: kept at the end of its tests, used again, and killed. */
describe.skipIf(isSkipped)('kind', { timeout: 120_000 }, () => {
  let before: Record<string, string>
  let directory: string
  let apiserver: { port: number }
  beforeAll(async () => {
    before = await machineState()
    directory = await mkdtemp(join(tmpdir(), 'gatehouse-kind-'))
    apiserver = { port: await getPort({ host: '127.0.0.1' }) }
    return async () => {
      await removeKept(directory)
      await rm(directory, { recursive: true, force: true })
    }
  })

  describe('a cluster', () => {
    const options = () => ({ directory, apiserver })
    testKind(testProvider(kindProvider({ keep: true }), { image: toolboxImage, options }))
  })

  test('a cluster that is kept is used again', async () => {
    expect((await machineState())['containers']).toContain('gatehouse-test-')
    const again = await startTestCluster(kindProvider({ keep: true }), { directory, apiserver })
    expect(again.progress.map(({ message }) => message)).toContain('the cluster that was there is ready')
    expect(await kubectlOutput(again, ['get', 'pod', 'web', '-o', 'name'])).toBe('pod/web')
    await again[Symbol.asyncDispose]()
    expect((await machineState())['containers']).toContain('gatehouse-test-')
  })

  test('nothing is left of a cluster whose process is killed when it is ready', async () => {
    await killOwner({ directory, port: apiserver.port, moment: 'the cluster that was there is ready' })
    expect(await machineState()).not.toEqual(before)
    await untilRemoverHasEnded(directory)
    expect(await machineState()).toEqual(before)
  })
})

/** Removes the node that is still there where a test has failed. */
async function removeKept(directory: string): Promise<void> {
  const options = { name: 'test', directory, env: process.env, signal: AbortSignal.timeout(30_000) }
  const { node } = await kindProvider().inspect(options)
  if (node === undefined) return
  await execa('docker', ['rm', '--force', '--volumes', node])
  await execa('docker', ['network', 'rm', node.replace(/-control-plane$/, '')])
}

/** What one provider has that others do not, on its running cluster. */
function testKind(started: () => TestCluster): void {
  test('the node is one container, whose port 6443 is the API server that was asked for', async () => {
    const [, port] = started().cluster.server.split('127.0.0.1:')
    const { stdout } = await execa('docker', [
      'ps',
      '--filter',
      'name=^gatehouse-test-',
      '--format',
      '{{.Ports}}',
    ])
    expect(stdout).toContain(`127.0.0.1:${port}->6443/tcp`)
    expect(started().port).toBe(Number(port))
  })

  test('names and services work: DNS, and the API server through its Service', async () => {
    const ask =
      'nslookup kubernetes.default.svc.cluster.local && printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc -w 3 kubernetes.default.svc 443'
    const inPod = async () => (await started().kubectl(['exec', 'web', '--', 'sh', '-c', ask])).stdout
    // The API server's own words: some networks answer for an address that nobody programmed.
    await expect.poll(inPod).toContain('HTTP request to an HTTPS server')
  })

  test('a real kubelet runs the image: its own log, exit codes and files copied in', async () => {
    const { kubectl } = started()
    expect((await kubectl(['logs', 'web'])).stdout).toContain('serving port 80')
    expect((await kubectl(['exec', 'web', '--', 'sh', '-c', 'exit 7'])).exitCode).toBe(7)
    await kubectl(['cp', import.meta.filename, 'web:/tmp/copied'])
    expect((await kubectl(['exec', 'web', '--', 'cat', '/tmp/copied'])).stdout).toContain(
      'a real kubelet runs',
    )
  })

  test('an issuer that is trusted later is trusted by the running API server', async () => {
    const { kubectl, directory } = started()
    const cluster = started().cluster as KindCluster
    const engine = { env: process.env, signal: AbortSignal.timeout(20_000) }
    const { gateway } = await ensureNetwork(engine, cluster.kindName)
    await using issuer = await startTestIssuer({ directory: join(directory, 'issuer'), host: gateway })
    const kubeconfig = await tokenKubeconfig(started(), await issuer.mint({ sub: 'ada' }))
    const whoami = () =>
      kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'], { kubeconfig })

    expect((await whoami()).stderr).toMatch(/Unauthorized|must be logged in/)
    const jwt = {
      issuer: { url: issuer.url, audiences: [issuer.audience], certificateAuthority: issuer.caPem },
      claimMappings: { username: { claim: 'sub', prefix: 'tester:' } },
    }
    await cluster.setAuthentication({ jwt: [jwt] })
    await expect.poll(async () => (await whoami()).stdout).toBe('tester:ada')
  })
}

async function tokenKubeconfig({ cluster, directory }: TestCluster, token: string): Promise<string> {
  const file = join(directory, 'token.yaml')
  const { server, certificateAuthority } = cluster
  const document = buildKubeconfig({
    cluster: { name: 'test', server, certificateAuthority },
    user: { name: 'token', token },
  })
  await writeKubeconfig(file, document)
  return file
}
