import { execa } from 'execa'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from 'tar'
import { expect, test } from 'vitest'
import { resolveBinaries, versions } from '../src/index.ts'
import { pinChecksums } from '../src/pin.ts'
import { scriptOf, writeExecutable } from './executables.ts'
import { architecture, kwokMirror, kwokPath } from './kwok-mirror.ts'
import { sha256, startReleaseServer, startServer } from './release-server.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const signal = new AbortController().signal
const main = join(import.meta.dirname, '..', 'src', 'main.ts')

test('an executable is downloaded once, and then found in the cache', async () => {
  const { requests, env, cacheDirectory } = await kwokMirror(scriptOf('kwok', versions.kwok))
  const first = await resolveBinaries(['kwok'], { env, cacheDirectory, signal })
  expect(first.kwok.source).toBe('download')
  const { mode } = await stat(first.kwok.path)
  expect(mode & 0o777).toBe(0o755)
  const second = await resolveBinaries(['kwok'], { env, cacheDirectory, signal })
  expect(second.kwok).toEqual({ ...first.kwok, source: 'cache' })
  expect(requests).toHaveLength(1)
})

test.runIf(process.platform === 'linux')(
  'etcd is unpacked from its archive, and nothing else of it',
  async () => {
    const directory = await temporaryDirectory()
    const folder = `etcd-${versions.etcd}-linux-${architecture}`
    await writeExecutable(join(directory, folder, 'etcd'), scriptOf('etcd', versions.etcd))
    await writeExecutable(join(directory, folder, 'etcdctl'), 'not wanted')
    const archive = join(directory, 'archive.tar.gz')
    await create({ gzip: true, cwd: directory, file: archive }, [folder])
    const content = await readFile(archive)
    const artifact = `${versions.etcd}/${folder}.tar.gz`
    const { url } = await startReleaseServer({ [`/${artifact}`]: content })
    const sums = join(directory, 'sums.json')
    await writeFile(sums, JSON.stringify({ sha256: { [`etcd/${artifact}`]: sha256(content) } }))
    const env = { GATEHOUSE_ETCD_URL: url, GATEHOUSE_CHECKSUMS: sums, PATH: '' }
    const { etcd } = await resolveBinaries(['etcd'], {
      env,
      cacheDirectory: join(directory, 'cache'),
      signal,
    })
    expect(etcd.source).toBe('download')
    expect((await readdir(join(etcd.path, '..'))).toSorted()).toEqual(['etcd', 'etcd.json'])
  },
)

test('an artifact with another checksum than the pinned one never gets into the cache', async () => {
  const { env, cacheDirectory, folder } = await kwokMirror(scriptOf('kwok', versions.kwok), {
    pinned: sha256('the real one'),
  })
  await expect(resolveBinaries(['kwok'], { env, cacheDirectory, signal })).rejects.toMatchObject({
    code: 'ERR_UNAVAILABLE',
    message: expect.stringMatching(/download: http\S+ was refused: its SHA-256 sum is/),
  })
  expect(await readdir(folder)).toEqual([])
})

test('an artifact that is another version than it claims never gets into the cache', async () => {
  const { env, cacheDirectory, folder } = await kwokMirror(scriptOf('kwok', 'v0.1.0'))
  await expect(resolveBinaries(['kwok'], { env, cacheDirectory, signal })).rejects.toThrow(
    `download: it is v0.1.0, not ${versions.kwok}`,
  )
  expect(await readdir(folder)).toEqual([])
})

test('two processes that need the same executable download it once', async () => {
  const content = scriptOf('kwok', versions.kwok)
  const { env, cacheDirectory } = await kwokMirror(content)
  let requests = 0
  let answer = () => {}
  const slow = await startServer((_, response) => {
    requests++
    answer = () => response.end(content)
  })
  const run = () =>
    execa(process.execPath, [main, 'kwok', '--cache-directory', cacheDirectory], {
      env: { ...env, GATEHOUSE_KWOK_URL: slow },
      extendEnv: false,
    })
  const first = run()
  await expect.poll(() => requests).toBe(1)
  const second = run()
  let said = ''
  second.stderr.on('data', (text) => (said += String(text)))
  await expect.poll(() => said).toContain(`another process is fetching kwok ${versions.kwok}; waiting for it`)
  answer()
  const [one, two] = await Promise.all([first, second])
  expect(two.stdout).toBe(one.stdout)
  expect(one.stderr).toContain('(download)')
  expect(two.stderr).toContain('(cache)')
  expect(requests).toBe(1)
})

test('what a killed process left behind is taken over and tidied up', { timeout: 20_000 }, async () => {
  const content = scriptOf('kwok', versions.kwok)
  const { env, cacheDirectory, folder } = await kwokMirror(content)
  const half = content.slice(0, 10)
  let asked = false
  const stuck = await startServer((_, response) => {
    asked = true
    response.writeHead(200, { 'content-length': content.length })
    response.write(half)
  })
  const first = execa(process.execPath, [main, 'kwok', '--cache-directory', cacheDirectory], {
    env: { ...env, GATEHOUSE_KWOK_URL: stuck },
    extendEnv: false,
    reject: false,
  })
  const partial = () => readFile(join(folder, '.kwok.partial'), 'utf8').catch(() => '')
  await expect.poll(() => asked && partial()).toBe(half)
  first.kill('SIGKILL')
  await first
  expect(await readdir(folder)).toContain('kwok.lock')
  const { kwok } = await resolveBinaries(['kwok'], { env, cacheDirectory, signal })
  expect(kwok.source).toBe('download')
  expect((await readdir(folder)).toSorted()).toEqual(['kwok', 'kwok.json'])
})

test('checksums are pinned from what the publishers state, and then used', async () => {
  const directory = await temporaryDirectory()
  const file = join(directory, 'pinned.json')
  await writeFile(file, JSON.stringify({ etcd: 'v1.0.0', sha256: { kept: 'f'.repeat(64) } }))
  const kwok = scriptOf('kwok', versions.kwok)
  const etcdSums = ['amd64', 'arm64'].map(
    (arch) => `${sha256(arch)}  etcd-${versions.etcd}-linux-${arch}.tar.gz`,
  )
  const url = await startServer(({ url: path = '' }, response) => {
    if (/\.sha256(sum)?$/.test(path)) response.end(sha256(path))
    else if (path.endsWith('SHA256SUMS')) response.end(etcdSums.join('\n'))
    else response.end(kwok)
  })
  const products = ['KUBERNETES', 'ETCD', 'KWOK', 'KIND', 'HELM', 'COMPOSE']
  const mirrors = Object.fromEntries(products.map((product) => [`GATEHOUSE_${product}_URL`, url]))
  const env = { ...mirrors, PATH: '' }
  await pinChecksums(file, { env, signal, onProgress: () => {} })
  const { etcd, sha256: sums } = JSON.parse(await readFile(file, 'utf8'))
  expect(etcd).toBe('v1.0.0')
  expect(sums).toMatchObject({
    kept: 'f'.repeat(64),
    [`kubernetes/${versions.kubernetes}/bin/linux/amd64/kubectl`]: sha256(
      `/${versions.kubernetes}/bin/linux/amd64/kubectl.sha256`,
    ),
    [`etcd/${versions.etcd}/etcd-${versions.etcd}-linux-arm64.tar.gz`]: sha256('arm64'),
    [`kwok/${kwokPath}`]: sha256(kwok),
  })
  const resolved = await resolveBinaries(['kwok'], {
    env: { ...env, GATEHOUSE_CHECKSUMS: file },
    cacheDirectory: join(directory, 'cache'),
    signal,
  })
  expect(resolved.kwok.source).toBe('download')
})

test('checksums are not pinned over plain http, nor in part', async () => {
  const file = join(await temporaryDirectory(), 'pinned.json')
  const pin = (env: Record<string, string>) => pinChecksums(file, { env, signal, onProgress: () => {} })
  await expect(pin({ GATEHOUSE_KUBERNETES_URL: 'http://mirror.invalid' })).rejects.toThrow(/https URLs only/)
  const { url } = await startReleaseServer({})
  await expect(pin({ GATEHOUSE_KUBERNETES_URL: url })).rejects.toThrow(/answered 404/)
  await expect(stat(file)).rejects.toThrow(/ENOENT/)
})
