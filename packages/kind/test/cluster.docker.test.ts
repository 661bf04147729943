import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createCluster,
  deleteCluster,
  exportLogs,
  getClusters,
  getKubeconfig,
  getNodes,
  type Kind,
  type KindProgress,
  loadImageArchive,
  loadImages,
} from '../src/index.ts'
import {
  configuration,
  engineState,
  imagesInNode,
  keepKernelSettings,
  nodeImage,
  realKind,
  whyNoEngine,
  withoutNetwork,
} from './engine.ts'

const reason = await whyNoEngine()
if (reason !== undefined) console.warn(`kind is not tested: ${reason}`)
// In CI a missing engine is a failure, elsewhere a reason to skip.
const isSkipped = reason !== undefined && !process.env['CI']

const name = `kind-test-${process.pid}`
const timeout = 240_000

describe.skipIf(isSkipped)('kind', { timeout }, () => {
  let kind: Kind
  let directory: string
  let kubeconfig: string
  let settings: AsyncDisposable
  const progress: KindProgress[] = []
  let failure: unknown

  // One node for all of it, since a node takes long to make: it can't get Ready, and is there all the same.
  beforeAll(async () => {
    settings = await keepKernelSettings()
    // A network of its own, so that it can be removed again.
    kind = await realKind({ ...process.env, KIND_EXPERIMENTAL_DOCKER_NETWORK: name })
    directory = await mkdtemp(join(tmpdir(), 'kind-test-'))
    kubeconfig = join(directory, 'kubeconfig')
    const creation = createCluster(kind, {
      name,
      image: nodeImage,
      configuration: withoutNetwork(await mkdtemp(join(directory, 'empty-'))),
      kubeconfig,
      waitSeconds: 1,
      retain: true,
    })
    const read = async () => {
      for await (const step of creation) progress.push(step)
    }
    failure = await read().catch((error: unknown) => error)
  }, timeout)

  afterAll(async () => {
    await deleteCluster(kind, { name, kubeconfig })
    await settings[Symbol.asyncDispose]()
    await execa('docker', ['network', 'rm', name])
    await rm(directory, { recursive: true, force: true })
  }, timeout)

  test('the creation tells its steps: begun, and then done', () => {
    const steps = progress.map(({ state, message }) => `${state}: ${message.replace(/\(.*\)/, '(image)')}`)
    expect(steps).toContain('started: Preparing nodes')
    expect(steps.indexOf('done: Preparing nodes')).toBeGreaterThan(steps.indexOf('started: Preparing nodes'))
    expect(steps).toContain('done: Starting control-plane')
    expect(steps.join('\n')).not.toMatch(/\p{Extended_Pictographic}/u)
  })

  test('a control plane that is not Ready in time is an error, and its node stays if it is to be retained', async () => {
    expect(failure).toMatchObject({
      code: 'ERR_NOT_READY',
      message: expect.stringContaining('the control plane was not Ready within 1 s'),
    })
    expect(await getNodes(kind, { name })).toHaveLength(1)
  })

  test('the cluster is listed, with its node', async () => {
    expect(await getClusters(kind)).toContain(name)
    expect(await getNodes(kind, { name })).toEqual([`${name}-control-plane`])
    expect(await getNodes(kind, { name: `${name}-other` })).toEqual([])
  })

  test('the kubeconfig is in the given file, for its owner alone', async () => {
    expect((await stat(kubeconfig)).mode & 0o777).toBe(0o600)
    const text = await readFile(kubeconfig, 'utf8')
    expect(text).toContain(`current-context: kind-${name}`)
    expect(await getKubeconfig(kind, { name })).toMatch(/server: https:\/\/127\.0\.0\.1:\d+/)
    const internal = await getKubeconfig(kind, { name, internal: true })
    expect(internal).toContain(`server: https://${name}-control-plane:6443`)
  })

  test('a second cluster of the name is refused, and the first one stays', async () => {
    const again = createCluster(kind, { name, image: nodeImage, kubeconfig })
    await expect(again).rejects.toMatchObject({ code: 'ERR_CLUSTER_EXISTS' })
    const aborted = createCluster(kind, {
      name,
      image: nodeImage,
      kubeconfig,
      signal: AbortSignal.timeout(5),
    })
    await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await getNodes(kind, { name })).toHaveLength(1)
  })

  test('images of the engine and of archives get onto the node', async () => {
    const [image, archived] = [`kind-test-${process.pid}:one`, `kind-test-${process.pid}:two`]
    const archive = join(directory, 'image.tar')
    const empty = await execa('tar', ['-cf', '-', '-T', '/dev/null'], { encoding: 'buffer' })
    for (const tag of [image, archived]) await execa('docker', ['import', '-', tag], { input: empty.stdout })
    try {
      await execa('docker', ['save', '--output', archive, archived])
      await loadImages(kind, [image], { name })
      await loadImageArchive(kind, archive, { name, nodes: [`${name}-control-plane`] })
      const images = await imagesInNode(`${name}-control-plane`)
      expect(images).toContain(image)
      expect(images).toContain(archived)
    } finally {
      await execa('docker', ['image', 'rm', image, archived])
    }
    await expect(loadImages(kind, ['kind-test:none'], { name })).rejects.toMatchObject({
      code: 'ERR_IMAGE_MISSING',
      message: expect.stringContaining(`load docker-image kind-test:none --name=${name}`),
    })
  })

  test('the logs of the node are exported', async () => {
    const logs = join(directory, 'logs')
    await exportLogs(kind, { name, directory: logs })
    const files = await readdir(logs, { recursive: true })
    expect(files).toContain(join(`${name}-control-plane`, 'kubelet.log'))
    const other = { name: `${name}-other`, directory: logs }
    await expect(exportLogs(kind, other)).rejects.toMatchObject({ code: 'ERR_CLUSTER_UNKNOWN' })
  })

  test('a creation that is aborted halfway leaves nothing', async () => {
    const before = await engineState()
    const abort = new AbortController()
    const options = { name: `${name}-aborted`, image: nodeImage, configuration, kubeconfig }
    const creation = createCluster(kind, { ...options, signal: abort.signal })
    const watch = async () => {
      for await (const { message } of creation) {
        if (message === 'Starting control-plane') abort.abort(new Error('Ctrl-C'))
      }
    }
    await expect(watch()).rejects.toThrow('Ctrl-C')
    await expect(creation).rejects.toThrow('Ctrl-C')
    expect(await engineState()).toEqual(before)
  })

  test('a port that is taken is told, with the command and what it wrote, and nothing is left', async () => {
    const before = await engineState()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as { port: number }
      const networking = { apiServerAddress: '127.0.0.1', apiServerPort: port }
      const creation = createCluster(kind, {
        name: `${name}-taken`,
        image: nodeImage,
        configuration: { ...configuration, networking },
        kubeconfig,
      })
      await expect(creation).rejects.toMatchObject({
        code: 'ERR_PORT_TAKEN',
        command: expect.stringMatching(
          new RegExp(`--config=- <<'EOF'\n[\\s\\S]*apiServerPort: ${port}[\\s\\S]*EOF$`),
        ),
        tail: expect.arrayContaining([expect.stringContaining(String(port))]),
      })
      expect(await engineState()).toEqual(before)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('an image that can be had nowhere is told', async () => {
    const creation = createCluster(kind, { name: `${name}-none`, image: 'localhost:1/none:v0', kubeconfig })
    await expect(creation).rejects.toMatchObject({ code: 'ERR_IMAGE_MISSING' })
  })

  test('an engine that does not answer is told', async () => {
    const elsewhere = { ...kind, env: { ...process.env, DOCKER_HOST: 'unix:///nonexistent.sock' } }
    await expect(getClusters(elsewhere)).rejects.toMatchObject({
      code: 'ERR_ENGINE_UNREACHABLE',
      command: `DOCKER_HOST=unix:///nonexistent.sock ${kind.path} get clusters`,
    })
  })

  test('deleting a cluster that is not there is fine', async () => {
    const before = await engineState()
    await deleteCluster(kind, { name: `${name}-other`, kubeconfig })
    expect(await engineState()).toEqual(before)
  })
})
