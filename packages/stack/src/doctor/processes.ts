import type { ProcessState } from '@gatehouse/supervisor'
import { type Check, command, type DoctorContext, type Named } from './context.ts'
import { error, type Judgement, ok, skipped, warning } from './finding.ts'

export const processesCheck: Check = {
  name: 'processes',
  run: async (context) => judgeStack(context.stack, context),
}

/** Pure. */
export function judgeStack(
  stack: DoctorContext['stack'],
  context: Pick<DoctorContext, 'name' | 'state'>,
): Judgement[] {
  if (stack.state === 'absent') {
    return [
      skipped(`no stack named "${context.name}" is running`, `Start it with "${command(context, 'up')}"`),
    ]
  }
  if (stack.state === 'unresponsive') {
    return [
      error(
        `the stack "${context.name}" is there, but does not say how it is: ${stack.reason}`,
        `Look whether its process is stopped or stuck: fuser '${context.state.controlSocket}'`,
      ),
    ]
  }
  const { phase, processes } = stack.status
  if (phase === 'running') return judgeProcesses(processes, context)
  return [
    warning(
      `the stack is ${phase}`,
      `Look again in a while; "${command(context, 'logs')}" shows how it goes`,
    ),
  ]
}

/** Pure. */
export function judgeProcesses(processes: readonly ProcessState[], stack: Named): Judgement[] {
  const problems = processes.flatMap(({ name, phase, restarts, lastExit }) => {
    const before = lastExit ? `; it ${lastExit}` : ''
    const remedy = `See why: ${command(stack, `logs ${name}`)}`
    if (phase !== 'healthy') return [error(`${name} is ${phase}${before}`, remedy)]
    if (restarts > 0) return [warning(`${name} is healthy, but was restarted ${restarts}×${before}`, remedy)]
    return []
  })
  if (problems.length > 0) return problems
  return [ok(`${processes.length} processes are healthy: ${processes.map(({ name }) => name).join(', ')}`)]
}
