import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { stringify } from 'yaml'
import { allObjects, output } from './all-objects.ts'
import {
  gatehouseIn,
  startTestStack,
  statusOf,
  temporaryDirectory,
  type Terminal,
  type TestStack,
} from './gatehouse.ts'
import { startTheirCluster, THEIR_ADMIN, THEIR_NOBODY, type TheirCluster } from './their-cluster.ts'

const BOSS = 'boss@team.example'
const GUEST = 'guest@team.example'

let theirs: TheirCluster
let admin: Terminal
/** Everything that was there before a stack came. */
let before: string[]
beforeAll(async () => {
  theirs = await startTheirCluster()
  admin = theirs.admin
  before = await settledObjects()
})
afterAll(() => theirs?.[Symbol.asyncDispose]())

/** Once the controllers have done what there was to do. */
async function settledObjects(): Promise<string[]> {
  let objects = await allObjects(admin)
  const isSettled = async () => {
    const earlier = objects
    objects = await allObjects(admin)
    return isDeepStrictEqual(objects, earlier)
  }
  await vi.waitUntil(isSettled, { timeout: 60_000, interval: 500 })
  return objects
}

/** Whoever has a stack on that cluster: its directory, and the command there. */
interface Newcomer {
  readonly directory: string
  readonly gatehouse: ReturnType<typeof gatehouseIn>
  /** A command that ends well. */
  readonly succeed: ReturnType<typeof gatehouseIn>
}

/** In a directory with gatehouse.yaml of a stack on that cluster, and a kubeconfig of one of its people. */
async function newcomerAs(person: string, further: object = {}): Promise<Newcomer> {
  const directory = await temporaryDirectory()
  const gatehouse = gatehouseIn(directory)
  await theirs.writeKubeconfig(person, join(directory, 'their-kubeconfig'))
  await writeFile(join(directory, 'gatehouse.yaml'), stringify({ ...configuration, ...further }))
  const succeed = async (...args: string[]) => {
    const ended = await gatehouse(...args)
    expect(ended.exitCode, `${ended.stdout}\n${ended.stderr}`).toBe(0)
    return ended
  }
  return { directory, gatehouse, succeed }
}

async function leave({ directory, gatehouse }: Newcomer): Promise<void> {
  await gatehouse('down')
  await rm(directory, { recursive: true })
}

const configuration = {
  cluster: { provider: 'existing', kubeconfig: 'their-kubeconfig', context: 'theirs' },
  identity: { users: [{ email: BOSS, groups: ['team-bosses'] }, { email: GUEST }] },
}

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

// Each lists a whole cluster several times.
describe('a stack on a cluster that somebody else runs does not start', { timeout: 180_000 }, () => {
  const newcomer = async (...given: Parameters<typeof newcomerAs>) => {
    const opened = await newcomerAs(...given)
    newcomers.push(opened)
    return opened
  }
  const newcomers: Newcomer[] = []
  beforeEach(() => async () => {
    for (const one of newcomers.splice(0)) await leave(one)
  })

  test('without being allowed to write: it says what it wants', async () => {
    const { gatehouse } = await newcomer(THEIR_ADMIN)
    const refused = await gatehouse('up', '--detach')
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Nothing was started') })
    for (const sentence of [
      'Nothing was started, and nothing was written to the cluster of the context "theirs"',
      `where you are "${THEIR_ADMIN}"`,
      'create ServiceAccount kube-system/gatehouse-apiserver-proxy',
      'create ClusterRole gatehouse-apiserver-proxy',
      'create ClusterRoleBinding gatehouse-apiserver-proxy',
      `may act as ${BOSS}, ${GUEST}, in the groups team-bosses, and as nobody else`,
      'gatehouse up --write',
    ]) {
      expect(refused.stderr).toContain(sentence)
    }
    expect((await gatehouse('status')).stderr).toContain('no stack named "default" is running')
    expect(await allObjects(admin)).toEqual(before)
  })

  test('where it would change what is there and not its own', async () => {
    const { gatehouse } = await newcomer(THEIR_ADMIN, { content: { samples: true } })
    const refused = await gatehouse('up', '--write')
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toMatch(/never changed:\n {2}Namespace demo\n[^]*Deployment demo\/hello/)
    expect(await allObjects(admin)).toEqual(before)
  })

  test('with a context that is missing', async () => {
    const { gatehouse } = await newcomer(THEIR_ADMIN, {
      cluster: { ...configuration.cluster, context: 'prod' },
    })
    expect(await gatehouse('up')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/no context "prod"; it has theirs/),
    })
  })

  test('for somebody without rights, who is told which are missing; once an administrator has helped it does', async () => {
    const { gatehouse, succeed } = await newcomer(THEIR_NOBODY)
    const refused = await gatehouse('up', '--write')
    expect(refused.exitCode).toBe(2)
    for (const line of [
      'nothing was written',
      'create serviceaccounts in the namespace kube-system',
      'create, escalate clusterroles.rbac.authorization.k8s.io',
      'create serviceaccounts/token "gatehouse-apiserver-proxy" in the namespace kube-system',
      `gatehouse manifests --user ${THEIR_NOBODY} | kubectl apply -f -`,
    ]) {
      expect(refused.stderr).toContain(line)
    }
    expect(await allObjects(admin)).toEqual(before)

    const { stdout: manifests } = await gatehouse('manifests', '--user', THEIR_NOBODY)
    expect(await admin.kubectlWith(manifests, 'apply', '-f', '-')).toMatchObject({ exitCode: 0 })
    const applied = await allObjects(admin)
    await succeed('up', '--detach')
    expect((await statusOf(gatehouse)).phase).toBe('running')
    expect(await allObjects(admin)).toEqual(applied)

    // What others created is theirs to remove.
    await succeed('down', '--remove-from-cluster')
    expect(await allObjects(admin)).toEqual(applied)
    expect(await admin.kubectlWith(manifests, 'delete', '-f', '-')).toMatchObject({ exitCode: 0 })
    expect(await allObjects(admin)).toEqual(before)
  })
})

// In the order of its life: started with --write, then without, and taken back at the end.
describe('a stack on a cluster that somebody else runs', { timeout: 180_000 }, () => {
  let us: Newcomer
  let ours: TestStack
  const manifest = () => join(us.directory, 'team.yaml')
  const save = (greeting: string) =>
    writeFile(
      manifest(),
      stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'team' }, data: { greeting } }),
    )
  const greeting = () =>
    output(admin, 'get', 'configmap', 'team', '-n', 'default', '-o', 'jsonpath={.data.greeting}')
  const withManifest = { manifests: ['team.yaml'] }
  beforeAll(async () => {
    us = await newcomerAs(THEIR_ADMIN, withManifest)
    await save('hello')
  })
  afterAll(() => us && leave(us))

  test('writes what it was asked to write, manifests of the user among it', async () => {
    await us.succeed('up', '--write', '--detach')
    const written = await allObjects(admin)
    const added = written.filter((object) => !before.includes(object))
    expect(added.map((object) => object.split(' ').slice(0, 3).join(' '))).toEqual([
      'ClusterRole  gatehouse-apiserver-proxy',
      'ClusterRoleBinding  gatehouse-apiserver-proxy',
      // Not in the namespace of their context.
      'ConfigMap default team',
      'ServiceAccount kube-system gatehouse-apiserver-proxy',
    ])
    expect(written).toHaveLength(before.length + 4)
    expect(await greeting()).toBe('hello')
  })

  test('writes manifests again when they are saved, if it may write', async () => {
    await save('good morning')
    await expect.poll(greeting).toBe('good morning')
  })

  test('starts with what is there, which is not written again, so nothing has to be asked for', async () => {
    const written = await allObjects(admin)
    await us.succeed('down')
    expect(await allObjects(admin)).toEqual(written)
    ours = await startTestStack({ ...configuration, ...withManifest }, { directory: us.directory })
    expect(ours.status.cluster).toMatchObject({ provider: 'existing', issuerTrusted: false })
    expect(ours.status.processes.map(({ name }) => name)).not.toContain('kube-apiserver')
    expect(await allObjects(admin)).toEqual(written)
  })

  test('says what it does not write when manifests are saved, if it may not write', async () => {
    await save('good evening')
    const log = () => readFile(join(us.directory, 'default', 'up.log'), 'utf8')
    await expect.poll(log).toContain('not written to the cluster: ConfigMap default/team')
    expect(await greeting()).toBe('good morning')
  })

  test('gives its people the rights that somebody there has given them, and says why others have none', async () => {
    const boss = await ours.terminalOf(BOSS)
    const guest = await ours.terminalOf(GUEST)
    // Nobody has rights there before somebody there gives some.
    for (const person of [boss, guest]) {
      expect(await person.kubectl('get', 'pods')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/cannot list resource "pods"/),
      })
    }
    const binding = ['bosses', '--clusterrole=cluster-admin', '--group=team-bosses']
    await output(admin, 'create', 'clusterrolebinding', ...binding)
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
    const told = await us.succeed('why', 'last', '--user', GUEST, '--json')
    expect(JSON.parse(told.stdout)).toMatchObject({
      user: { name: GUEST },
      proxy: { decision: 'denied' },
      apiserver: null,
      rbac: { allowed: false, sentences: expect.arrayContaining([expect.stringMatching(/"edit"/)]) },
      notes: ['This cluster has no audit log that can be read here.'],
    })
    await output(admin, 'delete', 'clusterrolebinding', 'bosses')
    await output(admin, 'delete', 'configmap', 'by-boss', '-n', 'workshop')
  })

  test('is not known to the cluster itself', async () => {
    const token = await ours.idToken(BOSS)
    expect(await statusAt(theirs.server, theirs.certificateAuthorityFile, token)).toBe(401)
    expect((await ours.gatehouse('status')).stdout).toContain('The cluster itself does not know dex')
  })

  test('has a proxy that can act as its own people, and as nobody else', async () => {
    const token = await output(admin, 'create', 'token', 'gatehouse-apiserver-proxy', '-n', 'kube-system')
    const { urls, certificateAuthorityFile } = ours.status
    // Their ServiceAccounts are none of its people.
    expect(await statusAt(urls['apiserver-proxy']!, certificateAuthorityFile, token)).toBe(401)
    const as = async (...args: string[]) =>
      // Past the kubeconfig of the terminal.
      admin.kubectl(
        '--kubeconfig=/dev/null',
        `--server=${theirs.server}`,
        `--certificate-authority=${theirs.certificateAuthorityFile}`,
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
      ['--as', THEIR_ADMIN],
      ['--as', BOSS, '--as-group', 'system:masters'],
      ['--as', BOSS, '--as-group', 'their-admins'],
      ['--as', 'system:kube-controller-manager'],
      ['--as', 'system:serviceaccount:kube-system:namespace-controller'],
    ]) {
      expect(await as(...identity)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(refused) })
    }
  })

  test('takes back what it has written when it is asked to', async () => {
    const removed = await us.succeed('down', '--remove-from-cluster')
    expect(removed.stdout).toContain('theirs: removed ClusterRole gatehouse-apiserver-proxy')
    expect(await allObjects(admin)).toEqual(before)
  })
})
