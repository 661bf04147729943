import { ConfigurationError } from '@gatehouse/server/errors'
import type { OwnProviderName } from '../cluster-configuration.ts'
import { type Configuration, readConfiguration } from '../configuration.ts'
import { askControl } from '../control.ts'
import { findStack, type RunningStack } from '../running-stack.ts'
import { type StateDirectory, stateDirectory } from '../state-directory.ts'
import type { StackStatus } from '../status.ts'
import { type Judgement, skipped } from './finding.ts'

export interface DoctorOptions {
  /** The stack's name. */
  readonly name: string
  /** The directory of all stacks; see `stateRoot`. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where gatehouse.yaml is looked for. */
  readonly directory: string
  readonly configurationFile?: string
  /** Takes the place of the configuration's. */
  readonly provider?: OwnProviderName
  readonly signal: AbortSignal
}

/** Whether the stack runs, as its owner says. */
export type StackState =
  | { readonly state: 'absent' }
  | { readonly state: 'present'; readonly status: StackStatus; readonly stack: RunningStack }
  /** Something holds the control socket and gives no answer. */
  | { readonly state: 'unresponsive'; readonly reason: string }

/** What every check is given. Nothing of it was changed or started to find it out. */
export interface DoctorContext extends DoctorOptions {
  readonly state: StateDirectory
  readonly configuration: Configuration | ConfigurationError
  readonly stack: StackState
}

/** One thing to look at. `run` may reject: the doctor then reports that it could not look. */
export interface Check {
  readonly name: string
  readonly run: (context: DoctorContext) => Promise<readonly Judgement[]>
}

const ANSWER_WITHIN_MS = 5000

/**
 * Reads the configuration and asks the stack for its state.
 *
 * @throws StackError `ERR_STATE` for a name that can't be one
 */
export async function openContext(options: DoctorOptions): Promise<DoctorContext> {
  const state = stateDirectory(options.root, options.name)
  const [configuration, stack] = await Promise.all([
    readConfiguration(options.configurationFile, options.directory, options).catch((reason: unknown) => {
      if (reason instanceof ConfigurationError) return reason
      throw reason
    }),
    askForStack(options, state),
  ])
  return { ...options, state, configuration, stack }
}

async function askForStack(
  { root, name, signal }: DoctorOptions,
  state: StateDirectory,
): Promise<StackState> {
  const soon = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
  try {
    const status = (await askControl(state.controlSocket, 'GET', '/status', soon)) as StackStatus
    return { state: 'present', status, stack: await findStack(root, name) }
  } catch (cause) {
    signal.throwIfAborted()
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ERR_NOT_RUNNING') return { state: 'absent' }
    const reason = soon.aborted ? `it gave no answer within ${ANSWER_WITHIN_MS / 1000} s` : message
    return { state: 'unresponsive', reason }
  }
}

/** The status of a stack that is up; undefined while it starts or ends, and when there is none. */
export function runningStatus({ stack }: DoctorContext): StackStatus | undefined {
  return stack.state === 'present' && stack.status.phase === 'running' ? stack.status : undefined
}

/** The provider of the stack's cluster: the running one's, else the configured one's, if that is known. */
export function providerOf(context: DoctorContext): string | undefined {
  const { configuration } = context
  if (context.stack.state === 'present' && context.stack.status.cluster) {
    return context.stack.status.cluster.provider
  }
  return configuration instanceof ConfigurationError ? undefined : configuration.cluster.provider
}

/** Why something that only a running stack can show was not looked at. Pure. */
export function notRunning(context: Pick<DoctorContext, 'name' | 'stack'>, what: string): Judgement {
  if (context.stack.state === 'unresponsive') return skipped(`${what}: the stack gives no answer`)
  if (context.stack.state === 'present') {
    return skipped(`${what}: the stack is ${context.stack.status.phase}`, 'Look again in a while')
  }
  return skipped(`${what}: the stack is not running`, `Start it with "${command(context, 'up')}"`)
}

/** What commands of the CLI need to know of a stack. */
export type Named = Pick<DoctorContext, 'name'>

/** A command of the CLI about this stack, to paste into a shell. Pure. */
export function command({ name }: Named, verb: string): string {
  return name === 'default' ? `gatehouse ${verb}` : `gatehouse ${verb} --name ${name}`
}
