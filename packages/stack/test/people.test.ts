import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare } from 'bcryptjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configurationSchema } from '../src/configuration.ts'
import { preparePeople } from '../src/people.ts'
import { createStateDirectory, type StateDirectory, stateDirectory } from '../src/state-directory.ts'

let root: string
let state: StateDirectory
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-people-'))
  state = stateDirectory(root, 'default')
  await createStateDirectory(state)
})
afterEach(() => rm(root, { recursive: true }))

const configuration = (users: object[]) => configurationSchema.parse({ identity: { users } })

test('a password is made once, kept for the next start, and readable by its owner only', async () => {
  const [first] = await preparePeople(configuration([{ email: 'a@b.cd' }]), state)
  const [second] = await preparePeople(configuration([{ email: 'a@b.cd' }]), state)
  expect(second).toEqual(first)
  expect(first!.password).toMatch(/^[\w-]{16}$/)
  expect(await compare(first!.password, first!.hash)).toBe(true)
  expect((await stat(state.passwordsFile)).mode & 0o777).toBe(0o600)
})

test('two people have two passwords', async () => {
  const people = await preparePeople(configuration([{ email: 'a@b.cd' }, { email: 'e@f.gh' }]), state)
  expect(people[0]!.password).not.toBe(people[1]!.password)
})

test('a configured password replaces the remembered one, and its hash', async () => {
  await preparePeople(configuration([{ email: 'a@b.cd' }]), state)
  const [person] = await preparePeople(configuration([{ email: 'a@b.cd', password: 'correct horse' }]), state)
  expect(await compare('correct horse', person!.hash)).toBe(true)
})

test('somebody who left the configuration leaves the file of passwords', async () => {
  await preparePeople(configuration([{ email: 'a@b.cd' }]), state)
  const [before] = await preparePeople(configuration([{ email: 'e@f.gh' }]), state)
  const [after] = await preparePeople(configuration([{ email: 'a@b.cd' }]), state)
  expect(before!.email).toBe('e@f.gh')
  expect(after!.email).toBe('a@b.cd')
})
