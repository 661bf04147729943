import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StackStatus } from '@gatehouse/stack/running'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { allObjects, output } from './all-objects.ts'
import {
  gatehouseIn,
  startTestStack,
  temporaryDirectory,
  type Terminal,
  type TestStack,
} from './gatehouse.ts'

const ADMIN = 'admin@kyma.cx'
const NO_RIGHTS = 'no-rights-user@kyma.cx'
const BOSS = 'boss@team.example'
const GUEST = 'guest@team.example'

/** A stack whose cluster stands for one that somebody else runs. */
let theirs: TestStack
let admin: Terminal
beforeAll(async () => {
  theirs = await startTestStack()
  admin = await theirs.terminalOf(ADMIN)
})
afterAll(() => theirs?.[Symbol.asyncDispose]())

let directory: string
let gatehouse: ReturnType<typeof gatehouseIn>
let before: string[]
beforeEach(async () => {
  directory = await temporaryDirectory()
  gatehouse = gatehouseIn(directory)
  before = await allObjects(admin)
  return async () => {
    await gatehouse('down')
    await rm(directory, { recursive: true })
  }
})

/** gatehouse.yaml of a stack on that cluster, reached past its proxy with the token of one of its people. */
async function configurationAs(person: string, further: object = {}): Promise<object> {
  const { server, certificateAuthorityFile } = theirs.status.cluster!
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'theirs', cluster: { server, 'certificate-authority': certificateAuthorityFile } }],
    users: [{ name: person, user: { token: await theirs.idToken(person) } }],
    contexts: [{ name: 'theirs', context: { cluster: 'theirs', user: person, namespace: 'demo' } }],
  }
  await writeFile(join(directory, 'their-kubeconfig'), stringify(kubeconfig), { mode: 0o600 })
  const configuration = {
    cluster: { provider: 'existing', kubeconfig: 'their-kubeconfig', context: 'theirs' },
    identity: { users: [{ email: BOSS, groups: ['team-bosses'] }, { email: GUEST }] },
    ...further,
  }
  await writeFile(join(directory, 'gatehouse.yaml'), stringify(configuration))
  return configuration
}

async function succeed(...args: string[]) {
  const ended = await gatehouse(...args)
  expect(ended.exitCode, `${ended.stdout}\n${ended.stderr}`).toBe(0)
  return ended
}

const statusOf = async () => JSON.parse((await gatehouse('status', '--json')).stdout) as StackStatus

// Each lists a whole cluster several times.
describe('a stack on a cluster that somebody else runs', { timeout: 180_000 }, () => {
  test('writes nothing without being asked to: it says what it wants, and does not start', async () => {
    await configurationAs(ADMIN)
    for (const command of [['up'], ['up', '--detach']]) {
      const refused = await gatehouse(...command)
      expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Nothing was started') })
      for (const sentence of [
        'Nothing was started, and nothing was written to the cluster of the context "theirs"',
        `where you are "${ADMIN}"`,
        'create ServiceAccount kube-system/gatehouse-apiserver-proxy',
        'create ClusterRole gatehouse-apiserver-proxy',
        'create ClusterRoleBinding gatehouse-apiserver-proxy',
        `may act as ${BOSS}, ${GUEST}, in the groups team-bosses, and as nobody else`,
        'gatehouse up --write',
      ]) {
        expect(refused.stderr).toContain(sentence)
      }
    }
    expect((await gatehouse('status')).stderr).toContain('no stack named "default" is running')
    expect(await allObjects(admin)).toEqual(before)
  })

  test('writes what it was asked to write, serves with it, and takes it back when asked to', async () => {
    const configuration = await configurationAs(ADMIN)
    await succeed('up', '--write', '--detach')
    const written = await allObjects(admin)
    const added = written.filter((object) => !before.includes(object))
    expect(added.map((object) => object.split(' ').slice(0, 3).join(' '))).toEqual([
      'ClusterRole  gatehouse-apiserver-proxy',
      'ClusterRoleBinding  gatehouse-apiserver-proxy',
      'ServiceAccount kube-system gatehouse-apiserver-proxy',
    ])
    expect(written).toHaveLength(before.length + 3)
    await gatehouse('down')
    expect(await allObjects(admin)).toEqual(written)

    // What is there is not written again, so nothing has to be asked for.
    const ours = await startTestStack(configuration, { directory })
    expect(ours.status.cluster).toMatchObject({ provider: 'existing', issuerTrusted: false })
    expect(ours.status.processes.map(({ name }) => name)).not.toContain('kube-apiserver')
    const boss = await ours.terminalOf(BOSS)
    const guest = await ours.terminalOf(GUEST)
    // Nobody has rights there before somebody there gives some.
    for (const person of [boss, guest]) {
      expect(await person.kubectl('get', 'pods')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/cannot list resource "pods"/),
      })
    }
    await output(
      admin,
      'create',
      'clusterrolebinding',
      'bosses',
      '--clusterrole=cluster-admin',
      '--group=team-bosses',
    )
    await expect
      .poll(async () => (await boss.kubectl('get', 'pods', '-n', 'demo', '-o', 'name')).stdout)
      .toContain('pod/hello-')
    expect(await boss.kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo}')).toMatchObject({
      stdout: expect.stringContaining(BOSS),
    })
    expect(await boss.kubectl('create', 'configmap', 'by-boss', '-n', 'workshop')).toMatchObject({
      exitCode: 0,
    })
    expect(await guest.kubectl('delete', 'configmap', 'by-boss', '-n', 'workshop')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`User "${GUEST}" cannot delete resource "configmaps"`),
    })
    // Their audit log is theirs; the rights are read as the user of the kubeconfig.
    const told = await succeed('why', 'last', '--user', GUEST, '--json')
    expect(JSON.parse(told.stdout)).toMatchObject({
      user: { name: GUEST },
      proxy: { decision: 'denied' },
      apiserver: null,
      rbac: { allowed: false, sentences: expect.arrayContaining([expect.stringMatching(/"edit"/)]) },
      notes: ['This cluster has no audit log that can be read here.'],
    })

    const { server, certificateAuthorityFile } = theirs.status.cluster!
    expect(await statusAt(server, certificateAuthorityFile, await ours.idToken(BOSS))).toBe(401)
    expect((await ours.gatehouse('status')).stdout).toContain('The cluster itself does not know dex')

    const removed = await succeed('down', '--remove-from-cluster')
    expect(removed.stdout).toContain('theirs: removed ClusterRole gatehouse-apiserver-proxy')
    await output(admin, 'delete', 'clusterrolebinding', 'bosses')
    await output(admin, 'delete', 'configmap', 'by-boss', '-n', 'workshop')
    expect(await allObjects(admin)).toEqual(before)
  })

  test('has a proxy that can act as its own people, and as nobody else', async () => {
    await configurationAs(ADMIN)
    await succeed('up', '--write', '--detach')
    const token = await output(admin, 'create', 'token', 'gatehouse-apiserver-proxy', '-n', 'kube-system')
    const { urls, certificateAuthorityFile: authority } = await statusOf()
    // Their ServiceAccounts are none of its people.
    expect(await statusAt(urls['apiserver-proxy']!, authority, token)).toBe(401)
    const { server, certificateAuthorityFile } = theirs.status.cluster!
    const as = async (...args: string[]) =>
      // Past the kubeconfig of the terminal, and past their proxy, which knows no impersonation.
      admin.kubectl(
        '--kubeconfig=/dev/null',
        `--server=${server}`,
        `--certificate-authority=${certificateAuthorityFile}`,
        `--token=${token}`,
        'get',
        'secrets',
        ...args,
      )
    expect(await as('--as', BOSS, '--as-group', 'team-bosses')).toMatchObject({
      stderr: expect.stringContaining(`User "${BOSS}" cannot list resource "secrets"`),
    })
    expect(await as()).toMatchObject({
      stderr: expect.stringContaining('gatehouse-apiserver-proxy" cannot list resource "secrets"'),
    })
    const refused = /cannot impersonate resource "(users|groups|serviceaccounts)"/
    for (const identity of [
      ['--as', ADMIN],
      ['--as', BOSS, '--as-group', 'system:masters'],
      ['--as', BOSS, '--as-group', 'runtimeAdmin'],
      ['--as', 'system:kube-controller-manager'],
      ['--as', 'system:serviceaccount:kube-system:namespace-controller'],
    ]) {
      expect(await as(...identity)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(refused) })
    }
    await succeed('down', '--remove-from-cluster')
    expect(await allObjects(admin)).toEqual(before)
  })

  test('tells somebody without rights which are missing, and starts once an administrator has helped', async () => {
    await configurationAs(NO_RIGHTS)
    for (const command of [['up'], ['up', '--write']]) {
      const refused = await gatehouse(...command)
      expect(refused.exitCode).toBe(2)
      for (const line of [
        'nothing was written',
        'create serviceaccounts in the namespace kube-system',
        'create, escalate clusterroles.rbac.authorization.k8s.io',
        'create serviceaccounts/token "gatehouse-apiserver-proxy" in the namespace kube-system',
        `gatehouse manifests --user ${NO_RIGHTS} | kubectl apply -f -`,
      ]) {
        expect(refused.stderr).toContain(line)
      }
    }
    expect(await allObjects(admin)).toEqual(before)

    const { stdout: manifests } = await gatehouse('manifests', '--user', NO_RIGHTS)
    expect(await admin.kubectlWith(manifests, 'apply', '-f', '-')).toMatchObject({ exitCode: 0 })
    const applied = await allObjects(admin)
    await succeed('up', '--detach')
    expect((await statusOf()).phase).toBe('running')
    expect(await allObjects(admin)).toEqual(applied)

    // What others created is theirs to remove.
    await succeed('down', '--remove-from-cluster')
    expect(await allObjects(admin)).toEqual(applied)
    expect(await admin.kubectlWith(manifests, 'delete', '-f', '-')).toMatchObject({ exitCode: 0 })
    expect(await allObjects(admin)).toEqual(before)
  })

  test('never changes what is there and not its own', async () => {
    await configurationAs(ADMIN, { content: { samples: true } })
    const refused = await gatehouse('up', '--write')
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toMatch(/never changed:\n {2}Namespace demo\n[^]*Deployment demo\/hello/)
    expect(await allObjects(admin)).toEqual(before)
  })

  test('writes manifests of the user, and again when they are saved, if it may write', async () => {
    const file = join(directory, 'team.yaml')
    const save = (greeting: string) =>
      writeFile(
        file,
        stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'team' }, data: { greeting } }),
      )
    const read = () => output(admin, 'get', 'configmap', 'team', '-o', 'jsonpath={.data.greeting}')
    await save('hello')
    await configurationAs(ADMIN, { manifests: ['team.yaml'] })
    await succeed('up', '--write', '--detach')
    // Not in the namespace of their context.
    expect(await read()).toBe('hello')
    await save('good morning')
    await expect.poll(read, { timeout: 20_000 }).toBe('good morning')
    await gatehouse('down')

    await succeed('up', '--detach')
    await save('good evening')
    const log = () => readFile(join(directory, 'default', 'up.log'), 'utf8')
    await expect
      .poll(log, { timeout: 20_000 })
      .toContain('not written to the cluster: ConfigMap default/team')
    expect(await read()).toBe('good morning')
    await succeed('down', '--remove-from-cluster')
    expect(await allObjects(admin)).toEqual(before)
  })

  test.each([
    ['a kubeconfig that is missing', { kubeconfig: 'nowhere' }, /no such file/],
    [
      'a context that is missing',
      { kubeconfig: 'their-kubeconfig', context: 'prod' },
      /no context "prod"; it has theirs/,
    ],
    ['no kubeconfig', {}, /\/cluster\/kubeconfig: must name the kubeconfig/],
  ])('is not started with %s', async (_what, cluster, message) => {
    const configuration = await configurationAs(ADMIN)
    await writeFile(
      join(directory, 'gatehouse.yaml'),
      stringify({ ...configuration, cluster: { provider: 'existing', ...cluster } }),
    )
    expect(await gatehouse('up')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) })
  })

  async function statusAt(server: string, authorityFile: string, token: string): Promise<number> {
    const agent = new Agent({ connect: { ca: await readFile(authorityFile) } })
    const response = await request(`${server}/api/v1/pods`, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${token}` },
    })
    await response.body.dump()
    await agent.close()
    return response.statusCode
  }
})
