import { spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { SomePorts } from '@gatehouse/stack/settings'
import {
  findStack,
  makeStateDirectory,
  type RunningStack,
  StackError,
  stateDirectory,
  stateRoot,
} from '@gatehouse/stack/running'
import { probePauseMs, tailOfLog } from '@gatehouse/supervisor'
import type { Context } from './context.ts'
import { thisProgram } from './this-program.ts'
import { describeStack } from './terminal/stack-table.ts'

interface DetachOptions {
  readonly name: string
  readonly config?: string
  readonly cluster?: string
  readonly fresh?: boolean
  readonly retain?: boolean
  readonly write?: boolean
  readonly watch?: boolean
  readonly port?: SomePorts
  readonly listenHost?: string
}

/**
 * Starts the stack in a process of its own and waits until it is healthy. What that process says is in
 * `up.log` in the stack's state directory; if it ends early, its last lines are the error.
 */
export async function detach(context: Context, options: DetachOptions): Promise<void> {
  const { name } = options
  const root = stateRoot(context.env)
  const state = stateDirectory(root, name)
  await makeStateDirectory(state.root)
  const logFile = join(state.root, 'up.log')
  const log = await open(logFile, 'w', 0o600)
  const [program, ...main] = thisProgram
  const owner = spawn(program, [...main, 'up', ...flagsOf(options)], {
    cwd: context.cwd,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  const exit = new Promise<string>((resolve, reject) => {
    owner.once('error', reject)
    owner.once('exit', (code, signal) =>
      resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`),
    )
  })

  let stack: RunningStack | undefined
  const statusNow = async () => (stack ??= await findStack(root, name)).status()
  const startedAt = performance.now()
  let ended: string | undefined
  void exit.then((sentence) => (ended = sentence))
  for (;;) {
    if (ended !== undefined) {
      // It refused to start, and said why at length.
      if (owner.exitCode === 2) {
        throw new StackError('ERR_NOT_STARTED', (await readFile(logFile, 'utf8')).trimEnd())
      }
      const tail = await tailOfLog(logFile, 40)
      throw new StackError(
        'ERR_NOT_RUNNING',
        `the stack "${name}" ${ended}; from ${logFile}:\n${tail.join('\n')}`,
      )
    }
    const status = await statusNow().catch(() => undefined)
    if (status?.phase === 'running' && status.pid === owner.pid) {
      console.log(
        [...describeStack(status), '', `All healthy after ${status.healthyAfterSeconds?.toFixed(1)} s.`].join(
          '\n',
        ),
      )
      break
    }
    await delay(probePauseMs(performance.now() - startedAt))
  }
  owner.unref()
}

/** The options again, as they are typed. Pure. */
function flagsOf({ name, config, cluster, port, listenHost, ...switches }: DetachOptions): string[] {
  const { fresh, retain, write, watch } = switches
  const isOn = Object.entries({ fresh, retain, write, watch }).filter(([, value]) => value)
  return [
    `--name=${name}`,
    ...(config === undefined ? [] : [`--config=${config}`]),
    ...(cluster === undefined ? [] : [`--cluster=${cluster}`]),
    ...(listenHost === undefined ? [] : [`--listen-host=${listenHost}`]),
    ...Object.entries(port ?? {}).map(([listener, number]) => `--port=${listener}=${number}`),
    ...isOn.map(([flag]) => `--${flag}`),
  ]
}
