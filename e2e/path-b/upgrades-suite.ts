import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { Terminal, Workplace } from './gatehouse.ts'
import { accessLines, hasSwitched } from './logs.ts'
import type { PathB } from './path-b.ts'
import { podTraits } from './pods.ts'
import { follow } from './stream.ts'

const DEVELOPER = 'developer@kyma.cx'
const VIEWER = 'read-only-user@kyma.cx'
const NAMESPACE = 'workshop'

/** kubectl tries the other protocol without a word when one does not work; the access log tells. */
const PROTOCOLS = [
  { protocol: 'WebSocket', upgrade: 'websocket', method: 'GET', pod: 'by-websocket', env: forced('true') },
  { protocol: 'SPDY', upgrade: 'spdy/3.1', method: 'POST', pod: 'by-spdy', env: forced('false') },
]

function forced(webSockets: 'true' | 'false') {
  return { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets, KUBECTL_PORT_FORWARD_WEBSOCKETS: webSockets }
}

/** Requests that switch protocols, forced to each of the two. */
export function testUpgrades(opened: () => Pick<PathB<Workplace>, 'stack' | 'observer'>): void {
  const stack = () => opened().stack
  let developer: Terminal
  beforeAll(async () => {
    const { observer } = opened()
    developer = await stack().terminalOf(DEVELOPER)
    for (const { pod } of PROTOCOLS) await observer.make('pods', NAMESPACE, pod)
    for (const { pod } of PROTOCOLS) {
      await vi.waitUntil(
        async () => (await observer.find('pods', NAMESPACE, pod))?.status?.phase === 'Running',
        { timeout: 60_000 },
      )
    }
  })

  describe.each(PROTOCOLS)('over $protocol', ({ upgrade, method, pod, env }) => {
    const kubectl = (...args: string[]) => developer.run(['-n', NAMESPACE, ...args], { env })
    const start = (...args: string[]) => developer.startWith(env, '-n', NAMESPACE, ...args)
    /** The access log has a request to switch for each of these, and every one of them asked for the forced protocol. */
    const expectForced = async (user: string, subresource: string, status: number) => {
      const lines = async () =>
        (await accessLines(stack())).filter(
          (line) => line.user === user && line.name === pod && line.subresource === subresource,
        )
      await expect.poll(lines).not.toEqual([])
      expect(new Set((await lines()).map((line) => `${line.status} ${line.method} ${line.upgrade}`))).toEqual(
        new Set([`${status} ${method} ${upgrade}`]),
      )
    }

    test('exec keeps output and errors apart', async () => {
      const ended = await kubectl('exec', pod, '--', 'sh', '-c', 'echo to stdout; echo to stderr >&2')
      expect(ended).toMatchObject({ exitCode: 0, stdout: 'to stdout', stderr: 'to stderr' })
      await expectForced(DEVELOPER, 'exec', 101)
    })

    test('exec carries a megabyte without losing a byte', async () => {
      const ended = await kubectl('exec', pod, '--', 'sh', '-c', 'yes 0123456789abcde | head -c 1048576')
      expect(ended.exitCode).toBe(0)
      expect(`${ended.stdout}\n`).toBe('0123456789abcde\n'.repeat(65_536))
    })

    test('exec answers to what is typed, while it runs', async () => {
      const command = start('exec', '-i', pod, '--', 'sh', '-c', 'while read line; do echo "got $line"; done')
      const say = (line: string) => async () => command.stdin?.write(`${line}\n`)
      await say('one')()
      const ended = await follow(command, [
        [/got one/, say('two')],
        [/got two/, async () => undefined],
      ])
      expect(ended.stdout).toBe('got one\ngot two\n')
    })

    test('exec of a command that fails is a failure', async () => {
      const ended = await kubectl('exec', pod, '--', 'sh', '-c', 'exit 3')
      const { exitCode, stderr } = podTraits(stack()).failure
      expect(ended).toMatchObject({ exitCode, stderr: expect.stringContaining(stderr) })
    })

    test('attach stays attached', async () => {
      const isAttached = () =>
        hasSwitched(stack().status, { user: DEVELOPER, namespace: NAMESPACE, pod, subresource: 'attach' })
      const ended = await follow(start('attach', pod), [
        [/press(ing)? enter/, () => vi.waitUntil(isAttached, { timeout: 60_000 })],
      ])
      expect(ended.exitCode).toBe(0)
      await expectForced(DEVELOPER, 'attach', 101)
    })

    test('cp fetches a whole folder', async () => {
      const folder = await mkdtemp(join(stack().directory, 'cp-'))
      expect(await kubectl('cp', `${pod}:/etc`, folder)).toMatchObject({ exitCode: 0 })
      expect(await readdir(folder)).toEqual(expect.arrayContaining(['passwd', 'group', 'hosts']))
      expect(await readFile(join(folder, 'passwd'), 'utf8')).toContain('nobody:x:65534')
    })

    test('port-forward carries many connections at once', async () => {
      const answers: string[] = []
      const ended = await follow(start('port-forward', `pod/${pod}`, ':80'), [
        [
          /Forwarding from (127\.0\.0\.1:\d+)/,
          async (address) => {
            const requests = Array.from({ length: 10 }, async () =>
              (await fetch(`http://${address}/`, { headers: { connection: 'close' } })).text(),
            )
            answers.push(...(await Promise.all(requests)))
          },
        ],
      ])
      expect(ended.exitCode).toBe(0)
      expect(answers).toHaveLength(10)
      for (const answer of answers) expect(answer).toMatch(podTraits(stack()).page)
      await expectForced(DEVELOPER, 'portforward', 101)
    })

    test('a refusal comes through in the words of the API server', async () => {
      const viewer = await stack().terminalOf(VIEWER)
      const ended = await viewer.run(['-n', NAMESPACE, 'exec', pod, '--', 'id'], { env })
      expect(ended).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(
          /User "read-only-user@kyma\.cx" cannot (get|create) resource "pods\/exec"/,
        ),
      })
    })
  })

  test('logs -f is a plain answer that goes on', async () => {
    const pod = 'by-websocket'
    const ended = await follow(developer.start('-n', NAMESPACE, 'logs', '-f', pod), [
      [podTraits(stack()).log, async () => undefined],
    ])
    expect(ended.exitCode).toBe(0)
    const lines = async () =>
      (await accessLines(stack())).filter((line) => line.subresource === 'log' && line.name === pod)
    await expect.poll(lines).toMatchObject([{ user: DEVELOPER, method: 'GET', status: 200, name: pod }])
    expect((await lines())[0]).not.toHaveProperty('upgrade')
  })
}
