import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { reachableHost } from '../src/embedded/apiserver.ts'
import { auditPolicy } from '../src/embedded/audit-policy.ts'
import { authenticationConfiguration } from '../src/embedded/authentication-configuration.ts'
import { apiserverNames } from '../src/embedded/certificates.ts'
import { kwokConfiguration } from '../src/embedded/kwok-configuration.ts'
import { kwokRole } from '../src/embedded/objects.ts'
import { chooseInternalPorts, untilPortIsFree } from '../src/embedded/ports.ts'
import { untilDone } from '../src/embedded/ready.ts'
import { findIsolation } from '../src/embedded/sandbox/isolation.ts'
import { inNetworkNamespace, inSandbox } from '../src/embedded/sandbox/sandbox-command.ts'
import { assertOrdinaryIdentity } from '../src/identity.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-decisions-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

describe('identities', () => {
  test.each([
    ['a plain name', { user: 'jane' }],
    ['an address', { user: 'jane@example.org', groups: ['team:a', 'systems'] }],
  ])('%s is ordinary', (_what, identity) => {
    expect(() => assertOrdinaryIdentity(identity)).not.toThrow()
  })

  test.each([
    ['a reserved user', { user: 'system:admin' }, 'user "system:admin" is reserved'],
    ['a reserved user in capitals', { user: 'System:admin' }, 'is reserved'],
    ['a reserved group', { user: 'jane', groups: ['a', 'system:masters'] }, 'groups[1] "system:masters"'],
    ['an empty group', { user: 'jane', groups: [''] }, 'groups[0] is empty'],
    ['padding', { user: ' system:admin' }, 'user is padded'],
    ['a control character', { user: 'jane\0' }, 'control character'],
  ])('%s is refused', (_what, identity, message) => {
    expect(() => assertOrdinaryIdentity(identity)).toThrow(message)
  })

  test('every problem is told at once', () => {
    expect(() => assertOrdinaryIdentity({ user: '', groups: ['system:a', ''] })).toThrow(
      /user is empty; groups\[0\] .*; groups\[1\] is empty/,
    )
  })
})

describe('the API server', () => {
  test.each([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['192.0.2.7', '192.0.2.7'],
  ])('that listens on %s is reached at %s', (host, reached) => {
    expect(reachableHost(host)).toBe(reached)
  })

  test('has a certificate for its host and the extra names, each once and of its own kind', () => {
    const { dnsNames, ipAddresses } = apiserverNames('192.0.2.7', [
      'api.example.org',
      '192.0.2.8',
      '127.0.0.1',
    ])
    expect(dnsNames).toEqual(expect.arrayContaining(['kubernetes.default.svc', 'api.example.org']))
    expect(ipAddresses).toEqual(['127.0.0.1', '10.96.0.1', '192.0.2.7', '192.0.2.8'])
    expect(apiserverNames('0.0.0.0', []).ipAddresses).not.toContain('0.0.0.0')
  })

  test('lets strangers ask for health alone, whatever the caller wants', () => {
    const anonymous = {
      enabled: true,
      conditions: [{ path: '/livez' }, { path: '/readyz' }, { path: '/healthz' }],
    }
    expect(authenticationConfiguration(undefined)).toMatchObject({ anonymous })
    const given = { jwt: [{ issuer: { url: 'https://dex' } }], anonymous: { enabled: true } }
    expect(authenticationConfiguration(given)).toMatchObject({ jwt: given.jwt, anonymous })
  })

  test('audits no level that holds bodies', () => {
    expect(auditPolicy.rules.map((rule) => rule.level)).toEqual(['None', 'Metadata'])
    expect(auditPolicy.omitStages).toContain('RequestReceived')
  })
})

describe('kwok', () => {
  const listeners = { node: { host: '127.0.0.1', port: 1 }, serverAddress: '127.0.0.1:2', files: '/kwok' }
  const kinds = (commands: boolean) =>
    kwokConfiguration(listeners, { commands }).map((document) => (document as { kind: string }).kind)

  test('runs, attaches and forwards nothing outside the sandbox', () => {
    expect(kinds(false)).toContain('ClusterLogs')
    for (const kind of ['ClusterExec', 'ClusterAttach', 'ClusterPortForward']) {
      expect(kinds(true)).toContain(kind)
      expect(kinds(false)).not.toContain(kind)
    }
  })

  test('runs commands as nobody', () => {
    const exec = kwokConfiguration(listeners, { commands: true }).find(
      (document) => (document as { kind: string }).kind === 'ClusterExec',
    )
    expect(exec).toMatchObject({
      spec: { execs: [{ local: { securityContext: { runAsUser: 65_534, runAsGroup: 65_534 } } }] },
    })
  })

  test('has a role without wildcards, secrets or anything that grants', () => {
    const text = JSON.stringify(kwokRole)
    for (const word of ['*', 'secrets', 'impersonate', 'escalate', 'bind', 'exec'])
      expect(text).not.toContain(word)
  })
})

describe('internal ports', () => {
  test('are kept, unless they are taken, given to the API server or nonsense', async () => {
    const file = join(directory, 'ports.json')
    const first = await chooseInternalPorts(file, [])
    expect(new Set(Object.values(first)).size).toBe(5)
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(first)

    await writeFile(
      file,
      JSON.stringify({ ...first, etcdPeers: 80, scheduler: 'x', kubelet: first.etcdClients }),
    )
    const second = await chooseInternalPorts(file, [first.controllerManager])
    expect(second.etcdClients).toBe(first.etcdClients)
    expect(second.etcdPeers).not.toBe(80)
    expect(second.controllerManager).not.toBe(first.controllerManager)
    expect(new Set(Object.values(second)).size).toBe(5)
  })

  test('are chosen anew when the file was cut off', async () => {
    const file = join(directory, 'ports.json')
    await writeFile(file, '{"etcdClients": 123')
    expect(Object.keys(await chooseInternalPorts(file, []))).toHaveLength(5)
  })
})

describe("the API server's port", () => {
  test('is waited for, and named when it stays taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const signal = AbortSignal.timeout(10_000)
    const at = { host: '127.0.0.1', port: address.port }
    await expect(untilPortIsFree(at, { withinMs: 100, signal })).rejects.toMatchObject({
      code: 'ERR_PORT_TAKEN',
      message: expect.stringContaining(`127.0.0.1:${address.port}`),
    })
    const free = untilPortIsFree(at, { signal })
    server.close()
    await expect(free).resolves.toBeUndefined()
  })
})

describe('waiting until ready', () => {
  test('names what is not yet done, with the last problem', async () => {
    const done: string[] = []
    const waiting = untilDone(
      [
        { name: 'the quick one', isDone: async () => true },
        { name: 'the slow one', isDone: async () => false },
        { name: 'the broken one', isDone: () => Promise.reject(new Error('connection refused')) },
      ],
      { withinMs: 100, signal: AbortSignal.timeout(10_000), onDone: ({ name }) => done.push(name) },
    )
    await expect(waiting).rejects.toMatchObject({
      code: 'ERR_NOT_READY',
      message:
        'the cluster was not ready within 0.1 s: still waiting for the slow one; the broken one (connection refused)',
    })
    expect(done).toEqual(['the quick one'])
  })

  test('ends with the reason of an abort', async () => {
    const controller = new AbortController()
    const waiting = untilDone([{ name: 'never', isDone: async () => false }], {
      withinMs: 10_000,
      signal: controller.signal,
      onDone: () => undefined,
    })
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})

describe('isolation', () => {
  const request = {
    wanted: true,
    platform: 'linux' as const,
    uid: 0,
    path: '',
    signal: AbortSignal.timeout(20_000),
  }

  test('is refused where there is no Linux, with a reason', async () => {
    const isolation = await findIsolation({ ...request, platform: 'darwin', directory })
    expect(isolation).toEqual({ available: false, reason: expect.stringContaining('this is darwin') })
  })

  test.runIf(process.platform === 'linux')(
    'is refused when trying it fails, with what was said',
    async () => {
      const isolation = await findIsolation({ ...request, directory: join(directory, 'missing') })
      expect(isolation).toMatchObject({
        available: false,
        reason: expect.stringContaining('does not let commands'),
      })
    },
  )

  test('takes a user namespace where the harness is not root', () => {
    const tools = { unshare: '/u', setpriv: '/s', sh: '/sh', loopbackUp: 'up' }
    expect(inNetworkNamespace(tools, true, ['x'])).not.toContain('--user')
    expect(inNetworkNamespace(tools, false, ['x'])).toEqual(
      expect.arrayContaining(['--user', '--map-root-user', '--map-auto', '--net']),
    )
    const root = { directory: '/d', files: '/f', kwok: '/k', hostName: 'n' }
    expect(inSandbox(tools, root, ['x']).slice(0, 2)).toEqual(['/s', '--pdeathsig'])
    expect(inSandbox(tools, root, ['x'])).toEqual(
      expect.arrayContaining(['--mount', '--pid', '--ipc', '--uts', '--kill-child=KILL']),
    )
  })
})
