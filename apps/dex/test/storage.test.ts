import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openKubernetesStorage } from '../src/storage/kubernetes/kubernetes.ts'
import { openMemoryStorage } from '../src/storage/memory.ts'
import { openSqliteStorage } from '../src/storage/sqlite.ts'
import type { Clock, Storage } from '../src/storage/storage.ts'
import { startStorageCluster } from './storage-cluster.ts'

const directory = await mkdtemp(join(tmpdir(), 'dex-storage-'))
afterAll(() => rm(directory, { recursive: true, force: true }))

let files = 0
const newFile = () => join(directory, `${(files += 1)}.db`)

const world = await startStorageCluster()
afterAll(() => world[Symbol.asyncDispose]())

const implementations: Record<string, (options?: { clock: Clock }) => Promise<Storage>> = {
  memory: async (options) => openMemoryStorage(options),
  sqlite3: (options) => openSqliteStorage(newFile(), options),
  kubernetes: async (options) => openKubernetesStorage(await world.newNamespace(), options),
}

describe.each(Object.entries(implementations))('%s storage', (_, open) => {
  test('what was put comes back, by kind and id', async () => {
    await using storage = await open()
    const entry = { value: { text: 'é\0"', list: [1] }, expiresAt: 9_999_999_999, grantId: 'g' }
    await storage.put('Code', 'a', entry)
    expect(await storage.get('Code', 'a')).toEqual(entry)
    expect(await storage.get('Code', 'b')).toBeUndefined()
    expect(await storage.get('Token', 'a')).toBeUndefined()
  })

  test('entries are copies', async () => {
    await using storage = await open()
    const value = { list: [1] }
    await storage.put('Code', 'a', { value })
    value.list.push(2)
    const read = await storage.get<{ list: number[] }>('Code', 'a')
    read?.value.list.push(3)
    expect((await storage.get('Code', 'a'))?.value).toEqual({ list: [1] })
  })

  test('a second put replaces the first', async () => {
    await using storage = await open()
    await storage.put('Code', 'a', { value: { n: 1 }, expiresAt: 9_999_999_999, grantId: 'g' })
    await storage.put('Code', 'a', { value: { n: 2 } })
    expect(await storage.get('Code', 'a')).toEqual({ value: { n: 2 } })
  })

  test('an entry is gone at the second at which it expires', async () => {
    let now = 1_000_000
    await using storage = await open({ clock: () => now })
    await storage.put('Code', 'a', { value: {}, expiresAt: 1001 })
    now = 1_000_999
    expect(await storage.get('Code', 'a')).toBeDefined()
    now = 1_001_000
    expect(await storage.get('Code', 'a')).toBeUndefined()
    expect(await storage.consume('Code', 'a')).toBe(false)
  })

  test('of many who consume at once exactly one succeeds', async () => {
    await using storage = await open({ clock: () => 5000 })
    await storage.put('Code', 'a', { value: { n: 1 } })
    const results = await Promise.all(Array.from({ length: 50 }, () => storage.consume('Code', 'a')))
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(await storage.get('Code', 'a')).toEqual({ value: { n: 1 }, consumedAt: 5000 })
  })

  test('of many who update at once each sees what the one before wrote', async () => {
    await using storage = await open()
    const increment = () =>
      storage.update<{ n: number }>('Counter', 'a', (current) => ({
        value: { n: (current?.value.n ?? 0) + 1 },
      }))
    await Promise.all(Array.from({ length: 10 }, increment))
    expect(await storage.get('Counter', 'a')).toEqual({ value: { n: 10 } })
  })

  test('an update that makes nothing changes nothing, and tells what is there', async () => {
    await using storage = await open()
    expect(await storage.update('Code', 'a', () => undefined)).toBeUndefined()
    await storage.put('Code', 'a', { value: { n: 1 } })
    expect(await storage.update('Code', 'a', () => undefined)).toEqual({ value: { n: 1 } })
  })

  test('a consumed entry that is updated stays consumed', async () => {
    await using storage = await open({ clock: () => 5000 })
    await storage.put('Code', 'a', { value: { n: 1 } })
    await storage.consume('Code', 'a')
    const updated = await storage.update('Code', 'a', () => ({ value: { n: 2 } }))
    expect(updated).toEqual({ value: { n: 2 }, consumedAt: 5000 })
  })

  test('what is not there is consumed by nobody', async () => {
    await using storage = await open()
    expect(await storage.consume('Code', 'a')).toBe(false)
  })

  test('a consumed entry that is written again stays consumed', async () => {
    await using storage = await open({ clock: () => 5000 })
    await storage.put('Code', 'a', { value: { n: 1 } })
    await storage.consume('Code', 'a')
    await storage.put('Code', 'a', { value: { n: 2 } })
    expect(await storage.get('Code', 'a')).toEqual({ value: { n: 2 }, consumedAt: 5000 })
    expect(await storage.consume('Code', 'a')).toBe(false)
  })

  test('an expired entry that was consumed leaves nothing to its successor', async () => {
    let now = 1_000_000
    await using storage = await open({ clock: () => now })
    await storage.put('Code', 'a', { value: {}, expiresAt: 1001 })
    await storage.consume('Code', 'a')
    now = 2_000_000
    await storage.put('Code', 'a', { value: {}, expiresAt: 3000 })
    expect(await storage.consume('Code', 'a')).toBe(true)
  })

  test('what was deleted is gone', async () => {
    await using storage = await open()
    await storage.put('Code', 'a', { value: {} })
    await storage.delete('Code', 'a')
    await storage.delete('Code', 'never there')
    expect(await storage.get('Code', 'a')).toBeUndefined()
  })

  test('a grant takes what belongs to it along, of one kind', async () => {
    await using storage = await open()
    await storage.put('Code', 'a', { value: {}, grantId: 'g' })
    await storage.put('Code', 'b', { value: {}, grantId: 'other' })
    await storage.put('Code', 'c', { value: {} })
    await storage.put('Token', 'a', { value: {}, grantId: 'g' })
    await storage.deleteByGrant('Code', 'g')
    const left = await Promise.all([
      storage.get('Code', 'a'),
      storage.get('Code', 'b'),
      storage.get('Code', 'c'),
      storage.get('Token', 'a'),
    ])
    expect(left.map((entry) => entry !== undefined)).toEqual([false, true, true, true])
  })

  test('garbage is what has expired, and is counted', async () => {
    let now = 1_000_000
    await using storage = await open({ clock: () => now })
    await storage.put('Code', 'a', { value: {}, expiresAt: 1001 })
    await storage.put('Code', 'b', { value: {}, expiresAt: 5000 })
    await storage.put('Code', 'c', { value: {} })
    now = 2_000_000
    expect(await storage.collectGarbage()).toBe(1)
    expect(await storage.collectGarbage()).toBe(0)
    expect(await storage.get('Code', 'b')).toBeDefined()
    expect(await storage.get('Code', 'c')).toBeDefined()
  })
})

describe('sqlite3 storage in a file', () => {
  test('what was put is there after the file was opened again', async () => {
    const file = newFile()
    {
      await using storage = await openSqliteStorage(file)
      await storage.put('Code', 'a', { value: { n: 1 } })
    }
    await using storage = await openSqliteStorage(file)
    expect(await storage.get('Code', 'a')).toEqual({ value: { n: 1 } })
  })

  test('two who have the same file open consume an entry once', async () => {
    const file = newFile()
    await using first = await openSqliteStorage(file)
    await using second = await openSqliteStorage(file)
    await first.put('Code', 'a', { value: {} })
    const results = await Promise.all([first.consume('Code', 'a'), second.consume('Code', 'a')])
    expect(results.filter(Boolean)).toHaveLength(1)
  })

  test('no file of the database may be read by others, also where it was so before', async () => {
    const file = join(directory, 'private', 'dex.db')
    {
      await using storage = await openSqliteStorage(file)
      await storage.put('Code', 'a', { value: {} })
    }
    await chmod(file, 0o644)
    await using storage = await openSqliteStorage(file)
    await storage.put('Code', 'b', { value: {} })
    const names = await readdir(join(directory, 'private'))
    expect(names).toContain('dex.db-wal')
    for (const name of names) {
      const { mode } = await stat(join(directory, 'private', name))
      expect.soft(mode & 0o777, name).toBe(0o600)
    }
  })

  test('a file that is no database is named in the error', async () => {
    const file = newFile()
    await writeFile(file, 'not a database, but long enough to be looked at as one'.repeat(100))
    const message = expect.stringContaining(file)
    await expect(openSqliteStorage(file)).rejects.toMatchObject({ code: 'ERR_STORAGE', message })
  })
})

describe('kubernetes storage', () => {
  test('two replicas consume an entry once', async () => {
    const settings = await world.newNamespace()
    await using first = await openKubernetesStorage(settings)
    await using second = await openKubernetesStorage(settings)
    await first.put('Code', 'a', { value: {} })
    const results = await Promise.all([first.consume('Code', 'a'), second.consume('Code', 'a')])
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(await second.get('Code', 'a')).toMatchObject({ consumedAt: expect.any(Number) })
  })

  test('neither an id nor a grant stands where names and labels are logged', async () => {
    const settings = await world.newNamespace()
    await using storage = await openKubernetesStorage(settings)
    await storage.put('RefreshToken', 'the-token-itself', { value: {}, grantId: 'the-grant' })
    const metadata = await world.secretMetadata(settings)
    expect(metadata).toContain('dex.gatehouse.localhost/kind')
    expect(metadata).not.toMatch(/the-token-itself|the-grant/)
  })

  test('Secrets of others in the namespace are left alone', async () => {
    const settings = await world.newNamespace()
    await world.createSecret(settings, 'somebody-elses')
    await using storage = await openKubernetesStorage(settings, { clock: () => 9_999_999_999_999 })
    await storage.put('Code', 'a', { value: {}, expiresAt: 1 })
    expect(await storage.collectGarbage()).toBe(1)
    expect(await world.secretMetadata(settings)).toContain('somebody-elses')
  })

  test('rights to Secrets of its own namespace are all that it needs', async () => {
    const settings = await world.newNamespace({ administrator: false })
    await using storage = await openKubernetesStorage(settings)
    await storage.put('Code', 'a', { value: {}, grantId: 'g' })
    expect(await storage.consume('Code', 'a')).toBe(true)
    await storage.deleteByGrant('Code', 'g')
    expect(await storage.collectGarbage()).toBe(0)
  })

  test('what it keeps goes away with its ServiceAccount, and nothing else does', async () => {
    const settings = await world.asServiceAccount(await world.newNamespace({ administrator: false }))
    await world.createSecret(settings, 'somebody-elses')
    await using storage = await openKubernetesStorage(settings)
    await storage.put('Code', 'a', { value: {} })
    await storage.update('Code', 'a', (entry) => entry)
    expect(await world.secretMetadata(settings)).toContain('dex.gatehouse.localhost/kind')
    await world.deleteServiceAccount(settings)
    await expect.poll(() => world.secretMetadata(settings)).not.toContain('dex.gatehouse.localhost/kind')
    expect(await world.secretMetadata(settings)).toContain('somebody-elses')
  })

  test('without rights the error says what is forbidden, and no value', async () => {
    const settings = await world.newNamespace({ administrator: false })
    await world.takeRights(settings)
    await using storage = await openKubernetesStorage(settings)
    const put = storage.put('Code', 'a', { value: { secret: 'hunter2' } })
    await expect(put).rejects.toMatchObject({
      code: 'ERR_STORAGE',
      message: expect.stringMatching(/^the Kubernetes storage can't be used: secrets .* is forbidden/),
    })
    await expect(put).rejects.not.toThrow('hunter2')
  })
})
