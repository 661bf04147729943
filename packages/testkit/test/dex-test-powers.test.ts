import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectDexTestPowers, type DexTestPowers } from '../src/index.ts'

const directory = await mkdtemp(join(tmpdir(), 'testkit-'))
const secretFile = join(directory, 'secret')
const running = new AsyncDisposableStack()
let urls: Record<string, string>
let dex: DexTestPowers

beforeAll(async () => {
  running.defer(() => rm(directory, { recursive: true, force: true }))
  const configFile = join(directory, 'dex.json')
  const configuration = {
    issuer: 'http://127.0.0.1:0',
    storage: { type: 'memory' },
    web: { http: '127.0.0.1:0' },
    enablePasswordDB: true,
    staticClients: [{ id: 'kubernetes', name: 'Kubernetes', public: true }],
    gatehouse: { testPowers: { listen: { port: 0 }, secretFile } },
  }
  await writeFile(configFile, JSON.stringify(configuration))
  const main = fileURLToPath(import.meta.resolve('@gatehouse/dex/main'))
  const child = spawn(process.execPath, [main, '--config', configFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  running.defer(async () => {
    child.kill('SIGTERM')
    await exited
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as { msg: string; urls: Record<string, string> }
    if (entry.msg !== 'started') continue
    urls = entry.urls
    break
  }
  child.stdout.resume()
  dex = running.use(await connectDexTestPowers({ url: urls['testPowers']!, secretFile }))
})
afterAll(() => running.disposeAsync())

test('the secret was made, for its owner only', async () => {
  expect((await stat(secretFile)).mode & 0o777).toBe(0o600)
})

test('users and groups are created, changed and deleted', async () => {
  const ada = await dex.createUser({ email: 'ada@example.com', groups: ['engineers'] })
  expect(ada).toMatchObject({ email: 'ada@example.com', emailVerified: true, groups: ['engineers'] })
  expect(await dex.setGroup({ name: 'admins' }, { members: ['ADA@example.com'] })).toEqual({
    name: 'admins',
    members: ['ada@example.com'],
  })
  expect((await dex.getUser({ email: 'ada@example.com' })).groups).toEqual(['engineers', 'admins'])
  await dex.deleteGroup({ name: 'engineers' })
  await dex.changeUser({ email: 'ada@example.com' }, { name: 'Ada' })
  expect((await dex.listUsers()).items).toEqual([{ ...ada, name: 'Ada', groups: ['admins'] }])
  expect((await dex.listGroups()).items.map(({ name }) => name)).toEqual(['admins'])
  await dex.deleteUser({ email: 'ada@example.com' })
  expect((await dex.listUsers()).items).toEqual([])
})

test('a minted token is verified by an independent client', async () => {
  const { token } = await dex.mintToken({ claims: { email: 'a@example.com', groups: ['x'] } })
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${urls['http']}/keys`)))
  expect(payload).toMatchObject({ aud: 'kubernetes', email: 'a@example.com', groups: ['x'] })
})

test('every operation answers what its schema says', async () => {
  await expect(dex.getClock()).resolves.toMatchObject({ offsetSeconds: 0 })
  await expect(dex.setClock({ advanceSeconds: 60 })).resolves.toMatchObject({ offsetSeconds: 60 })
  await dex.resetClock()
  const { signing } = await dex.getKeys()
  expect((await dex.rotateKeys()).published).toContain(signing)
  expect((await dex.loseKeys()).published).not.toContain(signing)
  const { id } = await dex.addFault({ endpoint: 'token', status: 503, times: 2 })
  expect((await dex.listFaults()).items).toEqual([{ id, endpoint: 'token', status: 503, hits: 0, left: 2 }])
  await dex.removeFault({ id })
  await dex.clearFaults()
  expect((await dex.listLogins()).items).toEqual([])
  await dex.clearLogins()
  await expect(dex.getLogin({ id: 'none' })).rejects.toMatchObject({ status: 404 })
  expect((await dex.createUserTilesLink()).url).toContain('/test-powers/user-tiles/')
})

test('a refusal names everything that is wrong', async () => {
  const failed = dex.createUser({ email: '', groups: [''] })
  await expect(failed).rejects.toMatchObject({ code: 'ERR_REFUSED', status: 400 })
  await expect(failed).rejects.toThrow(/\/email: .*\n.*\/groups\/0: /)
})

test('a wrong secret is refused, and a file that is not there is named', async () => {
  const wrong = join(directory, 'wrong')
  await writeFile(wrong, 'x'.repeat(43))
  await using other = await connectDexTestPowers({ url: urls['testPowers']!, secretFile: wrong })
  await expect(other.listUsers()).rejects.toMatchObject({ code: 'ERR_REFUSED', status: 401 })
  const nowhere = join(directory, 'nowhere')
  await expect(connectDexTestPowers({ url: urls['testPowers']!, secretFile: nowhere })).rejects.toMatchObject(
    {
      code: 'ERR_SECRET',
    },
  )
})
