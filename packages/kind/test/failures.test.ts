import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { leavesNodes } from '../src/create-cluster.ts'
import {
  createCluster,
  explainFailure,
  getClusters,
  getVersion,
  KindError,
  type KindErrorCode,
} from '../src/index.ts'
import { realKind } from './engine.ts'

test('kind tells its version', async () => {
  expect(await getVersion(await realKind())).toMatch(/^v\d+\.\d+\.\d+$/)
})

test('a kind that is not there is told, with its path', async () => {
  await expect(getVersion({ path: '/nonexistent/kind', env: {} })).rejects.toMatchObject({
    code: 'ERR_KIND_MISSING',
    message: expect.stringContaining('/nonexistent/kind is not there'),
  })
})

test('a machine without docker is told', async () => {
  const kind = await realKind({ PATH: '/nonexistent', HOME: '/nonexistent' })
  await expect(getClusters(kind)).rejects.toMatchObject({
    code: 'ERR_ENGINE_MISSING',
    message: expect.stringContaining('install Docker'),
  })
})

test('a configuration with a mistake is refused before kind is run', async () => {
  const kind = { path: '/nonexistent/kind', env: {} }
  const creation = createCluster(kind, {
    name: 'one',
    kubeconfig: '/nonexistent',
    configuration: { nodes: [{ role: 'worker' }] },
  })
  await expect(creation).rejects.toMatchObject({ code: 'ERR_CONFIGURATION' })
})

test('what was aborted before it began does not run', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kind-test-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const signal = AbortSignal.abort(new Error('Ctrl-C'))
  const kind = { path: '/nonexistent/kind', env: {} }
  await expect(getClusters(kind, { signal })).rejects.toThrow('Ctrl-C')
})

test.each([
  [
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
    'ERR_ENGINE_FORBIDDEN',
  ],
  [
    'Error response from daemon: client version 1.50 is too new. Maximum supported API version is 1.39',
    'ERR_ENGINE_TOO_OLD',
  ],
  ['unknown flag: --cgroupns', 'ERR_ENGINE_TOO_OLD'],
  ['write /var/lib/docker/tmp/x: no space left on device', 'ERR_DISK_FULL'],
  ['Bind for 127.0.0.1:6443 failed: port is already allocated', 'ERR_PORT_TAKEN'],
  ['listen tcp4 127.0.0.1:6443: bind: address already in use', 'ERR_PORT_TAKEN'],
  ['could not locate any control plane nodes for cluster named', 'ERR_CLUSTER_UNKNOWN'],
  ['manifest unknown', 'ERR_IMAGE_MISSING'],
  ['something else', 'ERR_COMMAND'],
])('%j is %s', (output, code) => {
  expect(explainFailure(output).code).toBe(code)
})

test.each<[KindErrorCode, { aborted: boolean } | undefined, boolean]>([
  ['ERR_NOT_READY', undefined, true],
  ['ERR_NOT_READY', { aborted: false }, true],
  ['ERR_COMMAND', { aborted: true }, true],
  ['ERR_COMMAND', { aborted: false }, false],
  ['ERR_PORT_TAKEN', undefined, false],
])('whether a creation that fails with %s, and the signal %j, leaves nodes: %s', (code, signal, expected) => {
  expect(leavesNodes(new KindError(code, 'it failed'), signal)).toBe(expected)
})
