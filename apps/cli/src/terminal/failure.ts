import { ConfigurationError } from '@gatehouse/server/errors'
import { printableLines } from '@gatehouse/server/printable'
import { colors } from './colors.ts'

/** The codes of errors before which nothing was started and nothing was changed. */
const NOTHING_STARTED: ReadonlySet<string> = new Set([
  'ERR_CLUSTER_ACCESS',
  'ERR_KUBECONFIG',
  'ERR_NOT_STARTED',
])

/**
 * Says on stderr what went wrong and returns the exit code: 2 where nothing was started or changed, 130 for an interrupted command, 1 for everything else. An error without a code of ours is a
 * bug, so its stack trace is shown.
 */
export function reportFailure(error: unknown): number {
  if (error instanceof Error && error.name === 'AbortError') return 130
  if (error instanceof ConfigurationError) {
    console.error(
      `${colors.red('The configuration can not be used; nothing was started.')}\n${printableLines(error.message)}`,
    )
    return 2
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isOurs = error instanceof Error && code.startsWith('ERR_')
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
  console.error(colors.red(printableLines(isOurs ? error.message : trace)))
  return NOTHING_STARTED.has(code) ? 2 : 1
}
