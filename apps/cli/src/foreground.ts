import { startStack } from '@gatehouse/stack'
import { stateRoot } from '@gatehouse/stack/running'
import type { Configuration } from '@gatehouse/stack/settings'
import { Supervisor } from '@gatehouse/supervisor'
import type { UpOptions } from './commands/up.ts'
import type { Context } from './context.ts'
import { colors } from './terminal/colors.ts'
import { createReporter } from './terminal/reporter.ts'
import { describeAccess, nextSteps } from './terminal/stack-table.ts'
import { thisProgram } from './this-program.ts'

/** Starts the stack in this process, says how that goes, and stays until it has ended: by Ctrl-C, or by `gatehouse down`. */
export async function runInForeground(
  context: Context,
  configuration: Configuration,
  options: UpOptions,
): Promise<void> {
  const reporter = createReporter(process.stdout)
  const supervisor = new Supervisor()
  supervisor.on('change', (state) => reporter.change(state, supervisor.states()))
  supervisor.on('crash', reporter.crash)
  const interrupt = listenForInterrupts(() => supervisor.kill())
  const { name } = options
  await using stack = await startStack({
    name,
    configuration,
    root: stateRoot(context.env),
    env: context.env,
    command: thisProgram,
    signal: interrupt.signal,
    supervisor,
    onProgress: reporter.progress,
    onNotice: reporter.notice,
    fresh: options.fresh ?? false,
    without: options.without,
    watch: options.watch ?? false,
    write: options.write ?? false,
    retain: options.retain ?? false,
  }).finally(reporter.finish)
  const status = stack.status()
  const command = context.env['npm_lifecycle_event'] ? 'npx -y pnpm@12 gatehouse' : 'gatehouse'
  console.log(
    [
      ...describeAccess(status),
      '',
      colors.green(`All healthy after ${status.healthyAfterSeconds?.toFixed(1)} s.`),
      ...nextSteps(status, command),
      'Ctrl-C ends the stack.',
    ].join('\n'),
  )
  await Promise.race([stack.ended, interrupt.received])
  console.log('Ending the stack…')
  await stack.stop()
  console.log('Everything has ended.')
}

/** The first SIGINT or SIGTERM asks for an orderly end, the second one kills. */
function listenForInterrupts(kill: () => void): { signal: AbortSignal; received: Promise<void> } {
  const controller = new AbortController()
  const received = Promise.withResolvers<void>()
  const onSignal = () => {
    if (controller.signal.aborted) {
      kill()
      process.exit(130)
    }
    received.resolve()
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return { signal: controller.signal, received: received.promise }
}
