import { mkdtemp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { hasSwitched } from '../logs.ts'
import { podTraits } from '../pods.ts'
import { follow } from '../stream.ts'
import { type Ask, type Attempt, type Command, inNamespace } from './command.ts'

/** kubectl looks at the pod first; WebSockets come as GET, and kubectl tries again by SPDY, a POST. */
const intoPod =
  (subresource: string): (() => readonly Ask[]) =>
  () => [{ verb: 'get' }, { verb: '(?:get|create)', subresource }]

const exec: Command = {
  about: 'shared',
  asks: intoPod('exec'),
  run: ({ terminal, namespace, name }) =>
    terminal.kubectl('exec', name, ...inNamespace(namespace), '--', 'sh', '-c', 'echo in the pod; id -un'),
  effect: async ({ stack }, { stdout }) => expect(stdout).toBe(`in the pod\n${podTraits(stack).user}`),
}

/** A container that says nothing: the API server's audit log tells that somebody is attached to it. */
const attach: Command = {
  about: 'shared',
  asks: intoPod('attach'),
  run(attempt) {
    const { terminal, namespace, name } = attempt
    const command = terminal.start('attach', name, ...inNamespace(namespace))
    const isDecided = async () => command.exitCode !== null || (await isAttached(attempt))
    // kubectl says this before it asks for the pod, allowed or not.
    return follow(command, [[/press(ing)? enter/, () => vi.waitUntil(isDecided, { timeout: 60_000 })]])
  },
  effect: async (attempt) => expect(await isAttached(attempt)).toBe(true),
}

function isAttached({ cell, stack, namespace = '', name }: Attempt): Promise<boolean> {
  return hasSwitched(stack.status, { user: cell.email, namespace, pod: name, subresource: 'attach' })
}

/** Out of the pod: kwok never tells a command that its input has ended, and so nothing can be copied in. */
const copy: Command = {
  about: 'shared',
  asks: intoPod('exec'),
  run: async ({ terminal, namespace, name, stack }) => {
    const file = join(await mkdtemp(join(stack.directory, 'cp-')), 'passwd')
    const ended = await terminal.kubectl('cp', `${namespace}/${name}:/etc/passwd`, file)
    return ended.exitCode === 0 ? { ...ended, stdout: await readFile(file, 'utf8') } : ended
  },
  effect: async (_, { stdout }) => expect(stdout).toContain('nobody:x:65534:'),
}

const portForward: Command = {
  about: 'shared',
  asks: intoPod('portforward'),
  async run({ terminal, namespace, name }) {
    let answer = ''
    const command = terminal.start('port-forward', `pod/${name}`, ...inNamespace(namespace), ':80')
    const ended = await follow(command, [
      [
        /Forwarding from (127\.0\.0\.1:\d+)/,
        async (address) => (answer = await (await fetch(`http://${address}/`)).text()),
      ],
    ])
    return { ...ended, stdout: answer }
  },
  effect: async ({ stack }, { stdout }) => expect(stdout).toMatch(podTraits(stack).page),
}

const logs: Command = {
  about: 'shared',
  asks: () => [{ verb: 'get' }, { verb: 'get', subresource: 'log' }],
  run: ({ terminal, namespace, name }) => terminal.kubectl('logs', name, ...inNamespace(namespace)),
  effect: async ({ stack }, { stdout }) => expect(stdout).toMatch(podTraits(stack).log),
}

export const podCommands = { exec, attach, cp: copy, 'port-forward': portForward, logs }
