import { readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { embeddedProvider } from '../src/index.ts'
import { apply, kubectlOutput, needsExec } from '../src/test-cluster.ts'
import { portForward } from './port-forward.ts'
import { testProvider } from './provider-suite.ts'

const started = testProvider(embeddedProvider())

/** What a command in a pod writes, stdout and stderr as one. */
async function inPod(command: string): Promise<string> {
  const { stdout, stderr } = await started().kubectl([
    'exec',
    'web',
    '--',
    'sh',
    '-c',
    `{ ${command}; } 2>&1`,
  ])
  return `${stdout}\n${stderr}`
}

describe('a command in a pod', () => {
  beforeEach((context) => needsExec(started().cluster, context))

  test('runs as nobody, with no rights left and no way to get some', async () => {
    expect(await inPod('id')).toContain('uid=65534(nobody) gid=65534(nogroup)')
    const status = await inPod('cat /proc/self/status')
    expect(status).toMatch(/CapEff:\s+0000000000000000/)
    expect(status).toMatch(/CapPrm:\s+0000000000000000/)
    expect(status).toMatch(/NoNewPrivs:\s+1/)
  })

  test('sees neither the state directory nor the home directory', async () => {
    const { directory } = started()
    for (const path of [
      directory,
      join(directory, 'pki', 'cluster', 'ca.key'),
      homedir(),
      '/home',
      '/root',
    ]) {
      expect(await inPod(`ls -la ${path}`)).toContain('No such file or directory')
    }
  })

  test("cannot read kwok's kubeconfig", async () => {
    expect(await inPod('cat /kwok/kubeconfig.yaml')).toContain('Permission denied')
    expect(await inPod('ls /kwok')).toContain('Permission denied')
  })

  test("cannot read the environment, memory, root or files of kwok, whose process it doesn't even see", async () => {
    for (const entry of ['environ', 'maps', 'mem', 'cmdline', 'root/', 'cwd/', 'fd/']) {
      expect(await inPod(`ls /proc/1/${entry} && cat /proc/1/${entry}`)).toMatch(
        /No such file|Permission denied/,
      )
    }
  })

  test('sees no process of the machine', async () => {
    const pids = (await inPod('ls /proc')).split('\n').filter((entry) => /^\d+$/.test(entry))
    expect(pids.length).toBeGreaterThan(0)
    const owners = await inPod("grep -h '^Uid:' /proc/[0-9]*/status")
    const users = owners.match(/^Uid:\s+\d+/gm) ?? []
    expect(users.length).toBeGreaterThan(0)
    for (const user of users) expect(user).toMatch(/65534$/)
  })

  test('inherits no environment and no open file', async () => {
    const env = (await inPod('env')).trim().split('\n')
    expect(env.toSorted()).toEqual(['HOME=/tmp', 'PATH=/usr/bin:/bin', 'PWD=/tmp'])
    const files = await inPod('ls -l /proc/self/fd')
    expect(files).toContain(' -> ')
    expect(files).not.toContain(started().directory)
    expect(files).not.toContain('socket:')
  })

  test('finds no socket of the machine, neither in files nor abstract ones', async () => {
    expect((await inPod('find / /tmp /dev -xdev -type s 2>/dev/null || true')).trim()).toBe('')
    const sockets = (await inPod('cat /proc/net/unix')).trim().split('\n').slice(1)
    expect(sockets.filter((line) => line.includes('@') || line.includes('/'))).toEqual([])
  })

  test('can write nowhere but in /tmp, and can mount nothing', async () => {
    for (const path of ['/x', '/usr/bin/x', '/etc/x', '/kwok/x', '/var/x', '/dev/x']) {
      expect(await inPod(`: > ${path}`)).toMatch(/Read-only file system|Permission denied/)
    }
    expect(await inPod('echo kept > /tmp/x && cat /tmp/x')).toContain('kept')
    expect(await inPod('mount -t tmpfs none /tmp')).toMatch(
      /permission denied|must be superuser|not permitted/i,
    )
    expect(await inPod('echo 1 > /proc/sys/kernel/hostname')).toMatch(/Permission denied|Read-only/)
  })

  test('reaches nothing that listens on this machine but the API server, which asks who it is', async () => {
    await using host = await hostListener()
    const tryPort = (port: number) =>
      inPod(`timeout 3 perl -MIO::Socket::INET -e '
        print IO::Socket::INET->new(PeerAddr => "127.0.0.1:${port}") ? "reached" : "not reached: $!"'`)
    // The first line proves that this test would see a connection.
    expect(await tryPort(started().port)).toContain('reached')
    expect(await tryPort(started().port)).not.toContain('not reached')
    expect(await tryPort(host.port)).toContain('not reached')
    const { etcdClients, kubelet, scheduler } = internalPorts()
    for (const port of [etcdClients, kubelet, scheduler]) expect(await tryPort(port)).toContain('not reached')
    expect(host.connections).toBe(0)
    expect(await inPod('cat /proc/net/dev')).not.toMatch(/eth|en[ops]|wl/)
  })
})

describe('port-forward', () => {
  beforeEach((context) => needsExec(started().cluster, context))

  test('never reaches a listener of this machine, whatever the port', async () => {
    await using host = await hostListener()
    for (const port of [host.port, internalPorts().etcdClients, started().port, 22]) {
      await using forward = await portForward(started(), 'web', port)
      const answer = await fetch(forward.url, { signal: AbortSignal.timeout(5_000) })
      expect(await answer.text()).toContain('A pod of an embedded Gatehouse cluster')
    }
    expect(host.connections).toBe(0)
  })
})

describe('what the cluster listens on', () => {
  const pki = (name: string) => readFileSync(join(started().directory, 'pki', name))

  test('etcd and the kubelet endpoint take no one without a certificate of their own authority', async () => {
    const { etcdClients, etcdPeers, kubelet } = internalPorts()
    const foreign = { cert: pki('cluster/bootstrap-client.crt'), key: pki('cluster/bootstrap-client.key') }
    for (const [port, authority] of [
      [etcdClients, 'etcd'],
      [etcdPeers, 'etcd'],
      [kubelet, 'kubelet'],
    ] as const) {
      const own = {
        cert: pki(`${authority}/apiserver-client.crt`),
        key: pki(`${authority}/apiserver-client.key`),
      }
      expect(await tlsAnswer(port, own), `port ${port} with its own certificate`).toMatch(/^HTTP/)
      expect(await tlsAnswer(port, {}), `port ${port} without`).not.toMatch(/^HTTP/)
      expect(await tlsAnswer(port, foreign), `port ${port} with a foreign one`).not.toMatch(/^HTTP/)
      expect(await plainAnswer(port), `port ${port} in the clear`).not.toMatch(/^HTTP\/1.1 2/)
    }
  })

  test('controller manager and scheduler tell a stranger their health and no more', async () => {
    const { controllerManager, scheduler } = internalPorts()
    for (const port of [controllerManager, scheduler]) {
      expect(await tlsAnswer(port, {}, '/healthz')).toMatch(/^HTTP\/1.1 200/)
      for (const path of ['/metrics', '/configz', '/debug/pprof/', '/flagz']) {
        expect(await tlsAnswer(port, {}, path)).toMatch(/^HTTP\/1.1 40[134]/)
      }
    }
  })
})

test('a pod that kwok sees before its node runs once the node is there', async () => {
  const pod = (name: string, nodeName: string) =>
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {nodeName: ${nodeName}, containers: [{name: none, image: none}]}}`
  const untilRunning = (name: string) =>
    kubectlOutput(started(), [
      'wait',
      `pod/${name}`,
      '--for=jsonpath={.status.phase}=Running',
      '--timeout=30s',
    ])
  try {
    await apply(started(), pod('early', 'late-node'))
    // kwok takes pods in turn: it has seen the first when the second runs.
    await apply(started(), pod('later', 'gatehouse-node'))
    await untilRunning('later')
    await apply(started(), '{apiVersion: v1, kind: Node, metadata: {name: late-node}}')
    expect(await untilRunning('early')).toContain('condition met')
  } finally {
    await started().kubectl(['delete', 'pod', 'early', 'later', '--force', '--ignore-not-found'])
    await started().kubectl(['delete', 'node', 'late-node', '--ignore-not-found'])
  }
})

test("kwok's identity may run pods and nothing else", async () => {
  const kubeconfig = join(started().directory, 'kwok', 'kubeconfig.yaml')
  const can = async (...what: string[]) =>
    (await started().kubectl(['auth', 'can-i', ...what, '--all-namespaces'], { kubeconfig })).stdout
  expect(await can('patch', 'pods', '--subresource=status')).toBe('yes')
  const powers = [
    ['get', 'secrets'],
    ['create', 'pods'],
    ['create', 'pods', '--subresource=exec'],
    ['impersonate', 'users'],
    ['create', 'serviceaccounts', '--subresource=token'],
    ['patch', 'nodes'],
    ['create', 'clusterrolebindings'],
  ]
  const answers = await Promise.all(powers.map((what) => can(...what)))
  expect(powers.filter((_what, index) => answers[index] !== 'no')).toEqual([])
})

test('no file of the cluster can be read by others', async () => {
  const { directory } = started()
  const entries = await readdir(directory, { recursive: true })
  expect(entries.length).toBeGreaterThan(40)
  for (const entry of ['.', ...entries]) {
    const { mode } = await stat(join(directory, entry))
    expect(mode & 0o077, `${entry} has mode ${(mode & 0o777).toString(8)}`).toBe(0)
  }
})

function internalPorts(): Record<string, number> & {
  etcdClients: number
  etcdPeers: number
  kubelet: number
  scheduler: number
  controllerManager: number
} {
  return JSON.parse(readFileSync(join(started().directory, 'ports.json'), 'utf8'))
}

/** Something of this machine that a pod must not reach; it counts who came. */
async function hostListener(): Promise<AsyncDisposable & { port: number; readonly connections: number }> {
  let connections = 0
  const server = createServer((_request, response) => response.end('a secret of the machine'))
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What a TLS server answers to a GET, or the error. */
function tlsAnswer(port: number, client: ConnectionOptions, path = '/healthz'): Promise<string> {
  return new Promise((resolve) => {
    // The server's own certificate is not what these tests are about.
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...client })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    collect(socket, resolve)
  })
}

function plainAnswer(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host: '127.0.0.1', port })
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    collect(socket, resolve)
  })
}

function collect(
  socket: NodeJS.ReadableStream & { destroy: () => void; setTimeout: (ms: number, f: () => void) => void },
  resolve: (answer: string) => void,
): void {
  let answer = ''
  socket.setTimeout(3_000, () => socket.destroy())
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
  socket.on('error', (error) => resolve(answer || String(error)))
  socket.on('close', () => resolve(answer || 'closed without an answer'))
}
