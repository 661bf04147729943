import { expect } from 'vitest'
import { follow } from '../stream.ts'
import { type Attempt, type Command, inNamespace } from './command.ts'

const get: Command = {
  about: 'shared',
  asks: () => [{ verb: 'get' }],
  run: ({ cell, terminal, namespace, name }) =>
    terminal.kubectl(
      'get',
      cell.resource,
      name,
      ...inNamespace(namespace),
      '-o',
      'jsonpath={.metadata.name}',
    ),
  effect: async ({ name }, { stdout }) => expect(stdout).toBe(name),
}

const list: Command = {
  about: 'shared',
  asks: () => [{ verb: 'list' }],
  run: ({ cell, terminal, namespace }) =>
    terminal.kubectl('get', cell.resource, ...inNamespace(namespace), '-o', 'name'),
  effect: async ({ name }, { stdout }) => expect(stdout).toMatch(lineNaming(name)),
}

const listEverywhere: Command = {
  ...list,
  run: ({ cell, terminal }) => terminal.kubectl('get', cell.resource, '--all-namespaces', '-o', 'name'),
}

/** What is there is shown at once, and what comes to be, when it does. */
const watch: Command = {
  about: 'shared',
  asks: () => [{ verb: 'list' }],
  run(attempt) {
    const { cell, terminal, namespace, name, observer } = attempt
    const later = lateName(attempt)
    const command = terminal.start('get', cell.resource, ...inNamespace(namespace), '--watch', '-o', 'name')
    return follow(command, [
      [lineNaming(name), () => observer.make(cell.resource, namespace, later)],
      [lineNaming(later), async () => undefined],
    ])
  },
  effect: async (attempt, { stdout }) => expect(stdout).toMatch(lineNaming(lateName(attempt))),
}

/** A request as it is, through the local port that `kubectl proxy` opens. */
const proxy: Command = {
  about: 'shared',
  asks: () => [{ verb: 'list' }],
  async run({ cell, terminal, namespace }) {
    let answer: { isOk: boolean; text: string } | undefined
    const ended = await follow(terminal.start('proxy', '--port=0'), [
      [
        /Starting to serve on (\S+)/,
        async (address) => {
          const response = await fetch(`http://${address}/api/v1/namespaces/${namespace}/${cell.resource}`)
          answer = { isOk: response.ok, text: await response.text() }
        },
      ],
    ])
    if (!answer) return ended
    if (answer.isOk) return { exitCode: 0, stdout: answer.text, stderr: '' }
    return { exitCode: 1, stdout: '', stderr: (JSON.parse(answer.text) as { message: string }).message }
  },
  effect: async ({ name }, { stdout }) => {
    const { items } = JSON.parse(stdout) as { items: { metadata: { name: string } }[] }
    expect(items.map(({ metadata }) => metadata.name)).toContain(name)
  },
}

export const readCommands = { get, list, 'get --all-namespaces': listEverywhere, watch, proxy }

const lateName = ({ cell }: Attempt) => `later-${cell.email.split('@')[0]!.replaceAll('.', '-')}`

/** A line of `-o name`: KIND/NAME. */
function lineNaming(name: string): RegExp {
  return new RegExp(`/${RegExp.escape(name)}$`, 'm')
}
