import { ConfigurationError } from '@gatehouse/server'
import { DEFAULT_PORTS, type PortName, portPreferences, rememberedPorts } from '../ports.ts'
import { type Check, command, type DoctorContext } from './context.ts'
import { error, type Judgement, ok, skipped, warning } from './finding.ts'
import { type Holder, type PortState, portState } from './port-holder.ts'

/** A listener, the port that it has or would get first, and who is there. */
export interface Listener {
  readonly name: PortName
  readonly port: number
  readonly found: PortState
  /** The process that owns the running stack; undefined when there is none. */
  readonly owner: number | undefined
  /** The command that starts the stack. */
  readonly up: string
}

export const portsCheck: Check = {
  name: 'ports',
  run: async (context) => {
    const { stack } = context
    if (stack.state === 'unresponsive')
      return [skipped('the stack does not answer, so its ports are not known')]
    const wanted = await wantedPorts(context)
    if (!wanted) return [skipped('which ports are wanted is not known until the configuration is valid')]
    const owner = stack.state === 'present' ? stack.status.pid : undefined
    return Promise.all(
      wanted.map(async ([name, port]) =>
        judgeListener({ name, port, found: await portState(port), owner, up: command(context, 'up') }),
      ),
    )
  },
}

/** A running stack's ports stand in its state directory; otherwise the configuration counts first. */
async function wantedPorts({
  state,
  stack,
  configuration,
}: DoctorContext): Promise<[PortName, number][] | undefined> {
  const remembered = await rememberedPorts(state)
  const running = stack.state === 'present'
  if (!running && configuration instanceof ConfigurationError) return undefined
  const configured = running || configuration instanceof ConfigurationError ? {} : configuration.ports
  const preferences = portPreferences(configured, remembered)
  return (Object.keys(DEFAULT_PORTS) as PortName[]).map((name) => [name, preferences[name][0]!])
}

/** Pure. */
export function judgeListener({ name, port, found, owner, up }: Listener): Judgement {
  const label = `${name} ${port}`
  const remedy = `End it, or set ports.${name} in gatehouse.yaml`
  switch (found.state) {
    case 'free':
      return owner === undefined
        ? ok(`${label} is free`)
        : error(
            `${label}: the stack runs (process ${owner}), but nothing listens there`,
            'See the processes below, and "gatehouse logs"',
          )
    case 'forbidden':
      return warning(
        `${label}: this user may not listen there, so a start takes another port`,
        `Set ports.${name} in gatehouse.yaml to 1024 or above`,
      )
    case 'held': {
      const { holder } = found
      if (owner === undefined) {
        return warning(
          `${label} is taken by ${describeHolder(holder)}; "${up}" falls back to a free port, and every URL follows`,
          remedy,
        )
      }
      if (holder.pid === undefined) return ok(`${label} is in use while this stack runs (process ${owner})`)
      if (holder.ancestry.includes(owner)) return ok(`${label} is held by this stack (process ${holder.pid})`)
      return error(
        `${label}: the stack runs (process ${owner}), but ${describeHolder(holder)} is there instead of it`,
        `${remedy}; then end the stack and start it again`,
      )
    }
  }
}

function describeHolder({ pid, command: line, uid }: Holder): string {
  if (pid !== undefined) return `process ${pid}${line ? ` (${line})` : ''}`
  return uid === undefined ? 'another process' : `a process of the user with uid ${uid}`
}
