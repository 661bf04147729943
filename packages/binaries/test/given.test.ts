import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { binaryNames, resolveBinaries, versions } from '../src/index.ts'
import { catalogue } from '../src/catalogue.ts'
import { scriptOf, writeExecutable } from './executables.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const signal = new AbortController().signal

test.each(binaryNames)('a given %s of the right version is taken where it is', async (name) => {
  const directory = await temporaryDirectory()
  const version = versions[catalogue[name].product]
  const path = await writeExecutable(join(directory, 'renamed'), scriptOf(name, version))
  const resolved = await resolveBinaries([name], {
    env: {},
    explicit: { [name]: path },
    cacheDirectory: directory,
    signal,
  })
  expect(resolved[name]).toEqual({ name, path, version, source: 'explicit' })
})

test('a given path of another version is an error that says so, and nothing else is tried', async () => {
  const directory = await temporaryDirectory()
  const path = await writeExecutable(join(directory, 'old'), scriptOf('kube-apiserver', 'v1.30.0'))
  const env = { GATEHOUSE_KUBE_APISERVER: path, KUBEBUILDER_ASSETS: directory }
  await writeExecutable(join(directory, 'kube-apiserver'), scriptOf('kube-apiserver', versions.kubernetes))
  await expect(
    resolveBinaries(['kube-apiserver'], { env, cacheDirectory: directory, signal }),
  ).rejects.toMatchObject({
    code: 'ERR_WRONG_VERSION',
    binary: 'kube-apiserver',
    message: `GATEHOUSE_KUBE_APISERVER: ${path} is v1.30.0, not ${versions.kubernetes}. Name kube-apiserver ${versions.kubernetes}, or nothing to have it found or built.`,
  })
})

test('everything that is wrong with given paths is told at once', async () => {
  const directory = await temporaryDirectory()
  const explicit = {
    etcd: await writeExecutable(join(directory, 'etcd'), scriptOf('etcd', 'v3.5.0')),
    kwok: join(directory, 'nowhere'),
  }
  const error: unknown = await resolveBinaries(['etcd', 'kwok'], { env: {}, explicit, signal }).catch(
    (e: unknown) => e,
  )
  expect(error).toHaveProperty('message', expect.stringContaining('is v3.5.0, not'))
  expect(error).toHaveProperty('message', expect.stringContaining('nowhere is not there'))
})

test.each([
  ['fails', '#!/bin/sh\necho cannot open display >&2\nexit 3\n', /exit code 3: cannot open display/],
  ['says something else', '#!/bin/sh\necho hello\n', /did not tell its version, but: hello/],
  ['is no program', 'just text', /ENOEXEC|exit code 127|not found/],
])('a given path to something that %s is an error', async (_, content, message) => {
  const directory = await temporaryDirectory()
  const path = await writeExecutable(join(directory, 'kwok'), content)
  await expect(
    resolveBinaries(['kwok'], { env: {}, explicit: { kwok: path }, signal }),
  ).rejects.toMatchObject({
    code: 'ERR_NOT_EXECUTABLE',
    message: expect.stringMatching(message),
  })
})

test('a given path without the right to execute is an error', async () => {
  const path = join(await temporaryDirectory(), 'kwok')
  await writeFile(path, scriptOf('kwok', versions.kwok))
  await chmod(path, 0o644)
  await expect(
    resolveBinaries(['kwok'], { env: {}, explicit: { kwok: path }, signal }),
  ).rejects.toMatchObject({
    code: 'ERR_NOT_EXECUTABLE',
    message: expect.stringContaining(`${path} is not executable`),
  })
})

test('each executable of a shared folder is taken or passed over on its own, and it is said which', async () => {
  const directory = await temporaryDirectory()
  const assets = join(directory, 'assets')
  await writeExecutable(join(assets, 'kube-apiserver'), scriptOf('kube-apiserver', versions.kubernetes))
  await writeExecutable(join(assets, 'kubectl'), scriptOf('kubectl', 'v1.30.0'))
  const env = { KUBEBUILDER_ASSETS: assets, PATH: '' }
  const found = await resolveBinaries(['kube-apiserver'], { env, cacheDirectory: directory, signal })
  expect(found['kube-apiserver']).toMatchObject({ source: 'explicit', path: join(assets, 'kube-apiserver') })

  const messages: string[] = []
  const onProgress = ({ message }: { message: string }) => messages.push(message)
  const missing = resolveBinaries(['kubectl', 'etcd'], { env, cacheDirectory: directory, signal, onProgress })
  await expect(missing).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE', binary: 'kubectl' })
  expect(messages).toContain(
    `KUBEBUILDER_ASSETS is passed over: ${join(assets, 'kubectl')} is v1.30.0, not ${versions.kubernetes}`,
  )
  expect(messages).toContain(`KUBEBUILDER_ASSETS is passed over: ${join(assets, 'etcd')} is not there`)
})

test("nothing of the caller's environment reaches an executable that is asked for its version", async () => {
  const directory = await temporaryDirectory()
  const spy = `#!/bin/sh\nenv > ${directory}/seen\n${scriptOf('kwok', versions.kwok)}`
  const path = await writeExecutable(join(directory, 'kwok'), spy)
  await resolveBinaries(['kwok'], { env: { SECRET: 'hunter2' }, explicit: { kwok: path }, signal })
  const seen = await readFile(join(directory, 'seen'), 'utf8')
  expect(seen).toContain('PATH=')
  expect(seen).not.toContain('hunter2')
  expect(seen).not.toContain('HOME=')
})

test('an executable that never answers is given up when the caller aborts', async () => {
  const directory = await temporaryDirectory()
  const path = await writeExecutable(join(directory, 'kwok'), '#!/bin/sh\nexec sleep 60\n')
  const controller = new AbortController()
  const resolving = resolveBinaries(['kwok'], {
    env: {},
    explicit: { kwok: path },
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  })
  await expect(resolving).rejects.toThrow('enough')
})

test('without any way, the error lists what was tried and what would help', async () => {
  const cacheDirectory = await temporaryDirectory()
  const error: unknown = await resolveBinaries(['kwok'], { env: { PATH: '' }, cacheDirectory, signal }).catch(
    (e: unknown) => e,
  )
  const { message } = error as Error
  expect(message).toContain(`kwok ${versions.kwok} could not be found, downloaded or built.`)
  expect(message).toContain('given path: neither GATEHOUSE_KWOK nor KUBEBUILDER_ASSETS is set')
  expect(message).toMatch(/cache: \S+kwok is not there/)
  expect(message).toContain('download: no checksum of kwok/')
  expect(message).toContain('build: there is no usable `go` on the PATH')
  expect(message).toContain('install Go 1.26 or later')
})
