import { once } from 'node:events'
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildKubeconfig, mergeIntoFile, readKubeconfig, stringifyKubeconfig } from '../src/index.ts'
import { runKubectl } from './kubectl.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const build = (user: string, cluster = 'dev', token = 'a.b.c') =>
  buildKubeconfig({
    cluster: { name: cluster, server: 'https://127.0.0.1:9443' },
    user: { name: user, token },
  })

async function directory(): Promise<string> {
  const made = await temporaryDirectory()
  onTestFinished(() => made[Symbol.asyncDispose]())
  return made.path
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

test('a file is made where there was none, for its owner alone', async () => {
  const file = join(await directory(), '.kube', 'config')
  const result = await mergeIntoFile(file, build('ada'), { use: false })
  expect(result.backup).toBeUndefined()
  expect([await modeOf(join(file, '..')), await modeOf(file)]).toEqual(['700', '600'])
  expect(await runKubectl([file], 'config', 'current-context')).toBe('ada@dev\n')
})

test('two generated files in one keep both, and the old file is kept beside it', async () => {
  const file = join(await directory(), 'config')
  await writeFile(file, `# mine\n${stringifyKubeconfig(build('ada'))}`, { mode: 0o644 })
  const old = await readFile(file, 'utf8')
  const { backup, changes } = await mergeIntoFile(file, build('grace', 'test'), { use: false })
  expect(await readFile(backup!, 'utf8')).toBe(old)
  expect([await modeOf(file), await modeOf(backup!)]).toEqual(['600', '600'])
  expect(changes.map(({ what, name, change }) => `${what} ${name} ${change}`)).toEqual([
    'cluster test added',
    'user grace@test added',
    'context grace@test added',
  ])
  expect(await runKubectl([file], 'config', 'get-contexts', '-o', 'name')).toBe('ada@dev\ngrace@test\n')
  expect(await runKubectl([file], 'config', 'current-context')).toBe('ada@dev\n')
  expect(await readFile(file, 'utf8')).toMatch(/^# mine\n/)
})

test('nothing is written when there is nothing to change', async () => {
  const file = join(await directory(), 'config')
  await mergeIntoFile(file, build('ada'), { use: true })
  const { changes } = await mergeIntoFile(file, build('ada'), { use: true })
  expect(changes).toEqual([])
  expect(await readdir(join(file, '..'))).toEqual(['config'])
})

const people = Array.from({ length: 8 }, (_, index) => `p${index}`)

test('many at the same time lose nothing', async () => {
  const file = join(await directory(), 'config')
  await mergeIntoFile(file, build('first'), { use: true })
  await Promise.all(people.map((name) => mergeIntoFile(file, build(name), { use: false })))
  const { contexts } = await readKubeconfig(file)
  const names = ['first', ...people].map((name) => `${name}@dev`)
  expect(new Set(contexts.map(({ name }) => name))).toEqual(new Set(names))
})

test('what kubectl writes at the same time stays, and the file is whole', async () => {
  const file = join(await directory(), 'config')
  await mergeIntoFile(file, build('first'), { use: true })
  // kubectl gives up where somebody else has the lock.
  const setContext = () =>
    runKubectl([file], 'config', 'set-context', 'by-kubectl', '--user=u').then(
      () => 'done',
      () => 'locked',
    )
  const merging = Promise.all(people.map((name) => mergeIntoFile(file, build(name), { use: false })))
  await expect.poll(setContext).toBe('done')
  await merging
  // Not compared with all that was merged: kubectl removes what came between its reading and its lock
  // (`ModifyConfig` of k8s.io/client-go).
  const { contexts } = await readKubeconfig(file)
  expect(contexts.map(({ name }) => name)).toEqual(expect.arrayContaining(['first@dev', 'by-kubectl']))
})

test('a link is followed, and stays a link', async () => {
  const path = await directory()
  await mkdir(join(path, 'dotfiles'))
  const target = join(path, 'dotfiles', 'config')
  await writeFile(target, stringifyKubeconfig(build('ada')), { mode: 0o600 })
  await symlink(target, join(path, 'config'))
  const result = await mergeIntoFile(join(path, 'config'), build('grace'), { use: false })
  expect(result.file).toBe(target)
  expect((await readKubeconfig(target)).users).toHaveLength(2)
  expect(await readdir(path)).toEqual(['config', 'dotfiles'])
})

test('entries that run programs are data: none is run, none is changed', async () => {
  const path = await directory()
  const file = join(path, 'config')
  const evil = `users:
- name: evil
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: ./touch, args: ["${path}/ran"], interactiveMode: Never}
- name: provider
  user: {auth-provider: {name: gcp, config: {cmd-path: "touch ${path}/ran"}}}
- name: path
  user: {tokenFile: ../../../../../etc/passwd, client-key: /etc/shadow}
`
  await writeFile(file, evil, { mode: 0o600 })
  await mergeIntoFile(file, build('ada'), { use: true })
  expect((await readdir(path)).filter((name) => !name.includes('backup'))).toEqual(['config'])
  expect(await readFile(file, 'utf8')).toContain(evil)
})

const isRoot = process.getuid?.() === 0

test.each<[string, (path: string, file: string) => Promise<unknown>, RegExp]>([
  ['others may write to', (_, file) => chmod(file, 0o666), /others may write to .*chmod go-rwx/],
  ['a group may write to', (_, file) => chmod(file, 0o660), /others may write to/],
  ['is in a directory that others may write to', (path) => chmod(path, 0o777), /others may write to/],
])('a file that %s is left alone', async (_, spoil, message) => {
  const path = await directory()
  const file = join(path, 'config')
  const text = stringifyKubeconfig(build('ada'))
  await writeFile(file, text, { mode: 0o600 })
  await spoil(path, file)
  await expect(mergeIntoFile(file, build('grace'), { use: false })).rejects.toMatchObject({
    code: 'ERR_NOT_PRIVATE',
    message: expect.stringMatching(message),
  })
  expect(await readFile(file, 'utf8')).toBe(text)
  expect(await readdir(path)).toEqual(['config'])
})

test('a file of another user is left alone, also behind a link', async ({ skip }) => {
  skip(!isRoot, 'only root can give a file to somebody else')
  const path = await directory()
  const file = join(path, 'theirs')
  await writeFile(file, stringifyKubeconfig(build('ada')), { mode: 0o600 })
  await chown(file, 65_534, 65_534)
  await symlink(file, join(path, 'config'))
  for (const name of ['theirs', 'config']) {
    await expect(mergeIntoFile(join(path, name), build('grace'), { use: false })).rejects.toMatchObject({
      code: 'ERR_NOT_PRIVATE',
      message: expect.stringContaining('belongs to another user (uid 65534)'),
    })
  }
})

test('a link that leads nowhere, a directory and a socket are refused', async () => {
  const path = await directory()
  await symlink(join(path, 'nowhere'), join(path, 'link'))
  await mkdir(join(path, 'directory'))
  const server = createServer().listen(join(path, 'socket'))
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  for (const name of ['link', 'directory', 'socket']) {
    await expect(mergeIntoFile(join(path, name), build('a'), { use: false })).rejects.toMatchObject({
      code: 'ERR_NOT_PRIVATE',
    })
  }
})

test('a file that is no kubeconfig is left alone', async () => {
  const file = join(await directory(), 'config')
  await writeFile(file, 'kind: Pod\n', { mode: 0o600 })
  await expect(mergeIntoFile(file, build('a'), { use: false })).rejects.toMatchObject({
    code: 'ERR_INVALID_KUBECONFIG',
  })
  expect(await readFile(file, 'utf8')).toBe('kind: Pod\n')
  expect(await readdir(join(file, '..'))).toEqual(['config'])
})
