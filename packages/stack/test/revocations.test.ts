import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prepareRevocations, readRevocations, revoke, undoRevocation } from '../src/revocations.ts'
import { createStateDirectory, type StateDirectory, stateDirectory } from '../src/state-directory.ts'

let root: string
let state: StateDirectory
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-revocations-'))
  state = stateDirectory(root, 'default')
  await createStateDirectory(state)
  await prepareRevocations(state)
})
afterEach(() => rm(root, { recursive: true }))

const issuedBefore = new Date('2026-11-25T12:00:00Z')

test('what was revoked is kept for the next start, for its owner only', async () => {
  await revoke(state, { user: 'a@b.cd' })
  await prepareRevocations(state)
  expect(await readRevocations(state)).toEqual([{ user: 'a@b.cd' }])
  expect((await stat(state.revocationsFile)).mode & 0o777).toBe(0o600)
})

test('the latest word about a user counts', async () => {
  await revoke(state, { user: 'a@b.cd' })
  await revoke(state, { user: 'a@b.cd', issuedBefore })
  expect(await readRevocations(state)).toEqual([{ user: 'a@b.cd', issuedBefore: issuedBefore.toISOString() }])
})

test('it is taken back for that user alone, and single tokens stay revoked', async () => {
  const token = { user: 'a@b.cd', tokenId: 'x' }
  await writeFile(state.revocationsFile, JSON.stringify({ revocations: [token] }))
  await revoke(state, { user: 'a@b.cd' })
  await revoke(state, { user: 'e@f.gh' })
  expect(await undoRevocation(state, 'a@b.cd')).toBe(true)
  expect(await undoRevocation(state, 'a@b.cd')).toBe(false)
  expect(await readRevocations(state)).toEqual([token, { user: 'e@f.gh' }])
})

test('several at once are all there afterwards', async () => {
  const users = ['a', 'b', 'c', 'd', 'e', 'f']
  await Promise.all(users.map((user) => revoke(state, { user })))
  const revoked = (await readRevocations(state)).map(({ user }) => user)
  expect(new Set(revoked)).toEqual(new Set(users))
})

test('a damaged file is an error that names it, and is not overwritten', async () => {
  await writeFile(state.revocationsFile, '{"revocations": [{}]}')
  await expect(revoke(state, { user: 'a' })).rejects.toThrow(/revocations\.json is damaged/)
})
