import { ConfigurationError } from '@gatehouse/server/errors'
import type { ProcessState } from '@gatehouse/supervisor'
import { DEFAULT_PORTS, type PortName, portPreferences, rememberedPorts } from '../ports.ts'
import { type Check, command, type DoctorContext, type Named } from './context.ts'
import { error, type Judgement, ok, skipped, warning } from './finding.ts'
import { type Holder, type PortState, portStates } from './port-holder.ts'

/** Which process of the stack listens there. */
const processes: Readonly<Record<PortName, string>> = {
  gatewayHttps: 'ingress-gateway',
  gatewayHttp: 'ingress-gateway',
  gatewayOperations: 'ingress-gateway',
  apiserver: 'kube-apiserver',
  dex: 'dex',
  dexOperations: 'dex',
  dexTestPowers: 'dex',
  apiserverProxy: 'apiserver-proxy',
  apiserverProxyOperations: 'apiserver-proxy',
  kubeconfigGenerator: 'kubeconfig-generator',
  kubeconfigGeneratorOperations: 'kubeconfig-generator',
  permissionControllerOperations: 'permission-controller',
  console: 'console',
  consoleOperations: 'console',
}

/** A listener, the port that it has or would get first, and who is there. */
interface Listener {
  readonly name: PortName
  readonly port: number
  readonly found: PortState
}

/** The part of a running stack's state that ports are judged by. */
interface Owner {
  /** The process that owns the stack. */
  readonly pid: number
  readonly processes: readonly Pick<ProcessState, 'name' | 'pid'>[]
}

export const portsCheck: Check = {
  name: 'ports',
  run: async (context) => {
    const { stack } = context
    if (stack.state === 'unresponsive') {
      return [skipped('the stack does not answer, so its ports are not known')]
    }
    const wanted = await wantedPorts(context)
    if (!wanted) return [skipped('which ports are wanted is not known until the configuration is valid')]
    const states = await portStates(wanted.map(([, port]) => port))
    return wanted.map(([name, port], index) => {
      const listener = { name, port, found: states[index]! }
      return stack.state === 'present'
        ? judgeListenerOf(stack.status, listener, context)
        : judgeWantedPort(listener, context)
    })
  },
}

/** A running stack's ports stand in its state directory; otherwise the configuration counts first. */
async function wantedPorts({
  state,
  stack,
  configuration,
}: DoctorContext): Promise<[PortName, number][] | undefined> {
  const remembered = await rememberedPorts(state)
  const names = Object.keys(DEFAULT_PORTS) as PortName[]
  if (stack.state === 'present') {
    // A stack that is about to start has not chosen all of them yet.
    const { status } = stack
    const runs = new Set(status.processes.map((process) => process.name))
    return names.flatMap((name): [PortName, number][] => {
      const port = remembered[name]
      // Not every stack has every listener: it may leave out a service, or run on somebody else's cluster.
      const isUsed =
        runs.has(processes[name]) && (name !== 'dexTestPowers' || 'dex-test-powers' in status.urls)
      return port === undefined || !isUsed ? [] : [[name, port]]
    })
  }
  if (configuration instanceof ConfigurationError) return undefined
  const preferences = portPreferences(configuration.ports, remembered)
  const wanted = names.filter((name) => name !== 'dexTestPowers' || configuration.identity.testPowers)
  return wanted.map((name) => [name, preferences[name][0] ?? DEFAULT_PORTS[name]])
}

/** A port that a start would take. Pure. */
export function judgeWantedPort({ name, port, found }: Listener, stack: Named): Judgement {
  const label = `${name} ${port}`
  const fallback = `"${command(stack, 'up')}" falls back to a free port, and every URL follows`
  if (found.state === 'free') return ok(`${label} is free`)
  if (found.state === 'forbidden') {
    return warning(
      `${label}: this user may not listen there; ${fallback}`,
      `Set ports.${name} in gatehouse.yaml to 1024 or above`,
    )
  }
  return warning(
    `${label} is taken by ${describeHolder(found.holder)}; ${fallback}`,
    `If that does not suit you, end it, or set ports.${name} in gatehouse.yaml`,
  )
}

/** A port of a stack that runs. Pure. */
export function judgeListenerOf(owner: Owner, { name, port, found }: Listener, stack: Named): Judgement {
  const label = `${name} ${port}`
  const processName = processes[name]
  const process = owner.processes.find((candidate) => candidate.name === processName)
  const holder = found.state === 'held' ? found.holder : undefined
  if (!process) return ok(`${label} is not used: this stack has no ${processName}`)
  if (process.pid === undefined) {
    return holder
      ? ok(`${label} is held by ${describeHolder(holder)}, as ${processName} is not this stack's to run`)
      : warning(
          `${label}: ${processName} does not listen there`,
          `Start it: --config ${processName}.yaml of the folder config in the state directory`,
        )
  }
  if (!holder) {
    return error(
      `${label}: ${processName} runs (process ${process.pid}), but does not listen there`,
      `See why: ${command(stack, `logs ${processName}`)}`,
    )
  }
  if (holder.pid === undefined) return ok(`${label} is in use; by whom, this machine does not tell`)
  if (holder.ancestry.includes(owner.pid)) return ok(`${label} is held by this stack (process ${holder.pid})`)
  return error(
    `${label}: ${describeHolder(holder)} is there instead of ${processName}`,
    `End it, or set ports.${name} in gatehouse.yaml; then end the stack and start it again`,
  )
}

function describeHolder({ pid, command: line, uid }: Holder): string {
  if (pid !== undefined) return `process ${pid}${line ? ` (${line})` : ''}`
  return uid === undefined ? 'another process' : `a process of the user with uid ${uid}`
}
