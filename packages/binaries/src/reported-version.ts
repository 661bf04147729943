import { execa } from 'execa'
import type { Binary } from './catalogue.ts'
import { BinariesError } from './errors.ts'

const answerWithinMs = 10_000

/**
 * Runs the executable at `path` and returns the version that it reports, with a leading `v`. It is run without
 * the caller's environment, so that neither secrets nor settings of somebody's shell reach it.
 *
 * @throws BinariesError `ERR_NOT_EXECUTABLE` when it can't be run, or answers something else
 */
export async function reportedVersion(path: string, binary: Binary, signal: AbortSignal): Promise<string> {
  const result = await execa(path, binary.versionArguments, {
    env: { PATH: '/usr/bin:/bin', KUBECONFIG: '/dev/null' },
    extendEnv: false,
    stdin: 'ignore',
    cwd: '/',
    timeout: answerWithinMs,
    forceKillAfterDelay: 500,
    cancelSignal: signal,
    maxBuffer: 1_000_000,
    all: true,
    reject: false,
  })
  signal.throwIfAborted()
  const command = [path, ...binary.versionArguments].join(' ')
  if (result.failed) {
    const reason = result.timedOut
      ? `gave no answer within ${answerWithinMs / 1000} s`
      : (result.originalMessage ?? `ended with exit code ${result.exitCode}: ${result.all}`).trim()
    throw new BinariesError('ERR_NOT_EXECUTABLE', `"${command}" failed: ${reason}`, { cause: result })
  }
  const version = binary.versionPattern.exec(result.all)?.[1]
  if (!version) {
    throw new BinariesError(
      'ERR_NOT_EXECUTABLE',
      `"${command}" did not tell its version, but: ${result.all.slice(0, 200)}`,
    )
  }
  return version.startsWith('v') ? version : `v${version}`
}
