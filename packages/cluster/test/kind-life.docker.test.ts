import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveBinaries } from '@gatehouse/binaries'
import { openCertificateAuthority } from '@gatehouse/pki'
import getPort from 'get-port'
import { beforeEach, describe, expect, test } from 'vitest'
import { kindProvider } from '../src/index.ts'
import { kindConfigurationOf } from '../src/kind/configuration.ts'
import { createNode } from '../src/kind/create.ts'
import { writeApiserverFiles } from '../src/kind/files.ts'
import { examineHost } from '../src/kind/host.ts'
import { layoutOf, makeDirectories } from '../src/kind/layout.ts'
import { obtainNodeImage } from '../src/kind/node-image.ts'
import { type Removal, removeCluster } from '../src/kind/remove.ts'
import { startTestCluster } from '../src/test-cluster.ts'
import { machineState, whyNoKind } from '../src/test-machine.ts'
import { killOwner, untilRemoverHasEnded } from './killed-owner.ts'

const reason = await whyNoKind()
if (reason !== undefined) console.warn(`the life of a kind cluster is not tested: ${reason}`)
// In CI a missing engine is a failure, elsewhere a reason to skip.
const isSkipped = reason !== undefined && !process.env['CI']

describe.skipIf(isSkipped)('the life of a kind cluster', { timeout: 240_000 }, () => {
  let directory: string
  let before: Record<string, string>

  beforeEach(async () => {
    before = await machineState()
    directory = await mkdtemp(join(tmpdir(), 'gatehouse-kind-life-'))
    return async () => {
      await rm(directory, { recursive: true, force: true })
    }
  })

  const removalOf = (name: string, image: string, kind: Removal['kind']): Removal => ({
    kind,
    name,
    image,
    kubeconfig: join(directory, 'kubeconfig'),
    created: join(directory, 'created.json'),
    kernelSettings: join(directory, 'kernel-settings.json'),
    retained: join(directory, 'retained'),
  })

  // When it is ready: kind.docker.test.ts, whose cluster that one is.
  test.each(['network made', 'Preparing nodes'])(
    'nothing is left of a cluster whose process is killed at "%s"',
    async (moment) => {
      await killOwner({ directory, port: await getPort({ host: '127.0.0.1' }), moment })
      expect(await machineState()).not.toEqual(before)
      await untilRemoverHasEnded(directory)
      expect(await machineState()).toEqual(before)
    },
  )

  test('a start that is aborted halfway leaves nothing', async () => {
    const abort = new AbortController()
    const onProgress = ({ message }: { message: string }) => {
      if (message === 'Preparing nodes') abort.abort(new Error('Ctrl-C'))
    }
    const starting = startTestCluster(kindProvider(), { directory, signal: abort.signal, onProgress })
    await expect(starting).rejects.toThrow('Ctrl-C')
    expect(await machineState()).toEqual(before)
  })

  test('a port that is taken is told, and nothing is left', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const starting = startTestCluster(kindProvider(), { directory, apiserver: { host: '127.0.0.1', port } })
    await expect(starting).rejects.toMatchObject({ code: 'ERR_PORT_TAKEN' })
    await new Promise((resolve) => server.close(resolve))
    expect(await machineState()).toEqual(before)
  })

  test('a node image that can be had nowhere is told, with the way to make one', async () => {
    const provider = kindProvider({ image: 'localhost:1/none:v0' })
    await expect(startTestCluster(provider, { directory })).rejects.toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringContaining('node scripts/node-image/main.ts'),
    })
    expect(await machineState()).toEqual(before)
  })

  test('a cluster that could not be made leaves its logs, and a retained one its node', async () => {
    const signal = AbortSignal.timeout(200_000)
    const { kind } = await resolveBinaries(['kind'], { env: process.env, signal })
    const name = `gatehouse-test-${process.pid}`
    const engine = { env: process.env, signal }
    const image = await obtainNodeImage(engine, undefined, () => undefined)
    const network = { KIND_EXPERIMENTAL_DOCKER_NETWORK: name }
    const removal = removalOf(name, image.name, { path: kind.path, env: { ...process.env, ...network } })
    const host = await examineHost(engine, image.name)
    const layout = layoutOf(directory)
    await makeDirectories(layout)
    await openCertificateAuthority(layout.authority, { commonName: 'test cluster' })
    await writeApiserverFiles(layout, undefined)
    await writeFile(removal.kernelSettings, JSON.stringify(host.kernelSettings))
    const apiserver = { host: '127.0.0.1', port: await getPort({ host: '127.0.0.1' }) }
    const configuration = kindConfigurationOf({ layout, apiserver, portMappings: [], host })
    const creation = {
      removal,
      image: image.name,
      configuration: { ...configuration, kubeadmConfigPatches: [refused] },
      obstacle: { problem: 'the clock is wrong', remedy: 'wind it' },
      logs: directory,
      retain: true,
      signal,
      done: () => undefined,
    }

    const failing = createNode(creation, () => Promise.resolve())
    const error = (await failing.catch((thrown: unknown) => thrown)) as Error
    expect(error.message).toMatch(
      /^kind failed [^]*cmd\/kubeadm[^]*\nThe logs of .*\nIt may be that the clock is wrong: wind it\nThe node gatehouse-test-\d+-control-plane is kept/,
    )
    const [, logs = ''] = /The logs of the node are in (\S+)\./.exec(error.message) ?? []
    expect(await readFile(join(logs, await onlyEntry(logs), 'containerd.log'), 'utf8')).toContain(
      'containerd',
    )
    expect((await machineState())['containers']).toContain(removal.name)
    await removeCluster(removal, signal)
    expect(await machineState()).toEqual(before)
  })

  test('what a cluster still lacks when kind is content is told, and its node is kept, too', async () => {
    const lacking = createNode(
      {
        // A kind that is content, with nothing.
        removal: removalOf('none', 'none', { path: 'true', env: process.env }),
        image: 'none',
        configuration: {},
        obstacle: undefined,
        logs: directory,
        retain: true,
        signal: AbortSignal.timeout(20_000),
        done: () => undefined,
      },
      () => Promise.reject(new Error('CoreDNS is not there')),
    )
    await expect(lacking).rejects.toThrow(/^CoreDNS is not there\nThe node none-control-plane is kept/)
  })

  test('an engine that does not answer is told', async () => {
    const env = { ...process.env, DOCKER_HOST: 'unix:///nonexistent.sock' }
    await expect(startTestCluster(kindProvider(), { directory, env })).rejects.toMatchObject({
      code: 'ERR_ENGINE',
      message: expect.stringMatching(/^no Docker engine answers: start it/),
    })
    await expect(
      startTestCluster(kindProvider(), { directory, env: { HOME: directory, PATH: directory } }),
    ).rejects.toThrow(/install Docker|go/i)
  })
})

/** kubeadm refuses it before it has done anything, so that no control plane is started for nothing. */
const refused = 'kind: ClusterConfiguration\nkubernetesVersion: v1.0.0\n'

async function onlyEntry(logs: string): Promise<string> {
  const entries = await readdir(logs, { withFileTypes: true })
  return entries.find((entry) => entry.isDirectory())!.name
}
