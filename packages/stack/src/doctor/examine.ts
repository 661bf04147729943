import { binariesCheck } from './binaries.ts'
import { browserCheck } from './browser.ts'
import { certificatesCheck } from './certificates.ts'
import { clockCheck } from './clock.ts'
import { configurationCheck } from './configuration.ts'
import { type Check, type DoctorContext, type DoctorOptions, openContext } from './context.ts'
import { diskCheck } from './disk.ts'
import { dockerCheck } from './docker.ts'
import { error, type Finding } from './finding.ts'
import { hostNamesCheck } from './host-names.ts'
import { openIdConnectCheck } from './openid-connect.ts'
import { permissionsCheck } from './permissions.ts'
import { portsCheck } from './ports.ts'
import { processesCheck } from './processes.ts'
import { runtimeCheck } from './runtime.ts'
import { sandboxCheck } from './sandbox.ts'

/** Everything that is looked at, in the order in which it is reported: from the machine to the running stack. */
export const checks: readonly Check[] = [
  runtimeCheck,
  configurationCheck,
  binariesCheck,
  diskCheck,
  portsCheck,
  hostNamesCheck,
  sandboxCheck,
  dockerCheck,
  browserCheck,
  permissionsCheck,
  certificatesCheck,
  clockCheck,
  processesCheck,
  openIdConnectCheck,
]

const CHECK_WITHIN_MS = 60_000

/**
 * Looks at the machine, at what a stack left on it and, if it runs, at the stack itself. Starts nothing,
 * builds nothing and changes nothing.
 *
 * @returns at least one finding per check, in the order of `checks`
 * @throws StackError `ERR_STATE` for a name that can't be one; the signal's reason
 */
export async function examine(options: DoctorOptions): Promise<readonly Finding[]> {
  const context = await openContext(options)
  const findings = await Promise.all(checks.map((check) => runCheck(check, context)))
  options.signal.throwIfAborted()
  return findings.flat()
}

/** Runs one check; that it failed, or gave no answer in time, is a finding as well. */
export async function runCheck(
  { name, run }: Check,
  context: DoctorContext,
  withinMs = CHECK_WITHIN_MS,
): Promise<Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(withinMs)])
  try {
    // Not every system call heeds a signal; a file system that is gone must not hold up the rest.
    const judgements = await Promise.race([run({ ...context, signal }), rejectionOf(signal)])
    return judgements.map((judgement) => ({ check: name, ...judgement }))
  } catch (cause) {
    const reason = signal.aborted
      ? `there was no answer within ${withinMs / 1000} s`
      : cause instanceof Error
        ? cause.message
        : String(cause)
    return [{ check: name, ...error(`this could not be looked at: ${reason}`, REMEDY_OF_A_FAILED_CHECK) }]
  }
}

const REMEDY_OF_A_FAILED_CHECK =
  'Remove the cause if the message names one; otherwise it is a bug, so report it'

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
