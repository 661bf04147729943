import { ConfigurationError } from '@gatehouse/server'
import pc from 'picocolors'

/**
 * Says on stderr what went wrong and returns the exit code: 2 for a bad configuration, where nothing was
 * started, 130 for an interrupted command, 1 for everything else. An error without a code of ours is a
 * bug, so its stack trace is shown.
 */
export function reportFailure(error: unknown): number {
  if (error instanceof Error && error.name === 'AbortError') return 130
  if (error instanceof ConfigurationError) {
    console.error(`${pc.red('The configuration can not be used; nothing was started.')}\n${error.message}`)
    return 2
  }
  const isOurs = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_')
  console.error(
    pc.red(isOurs ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)),
  )
  return 1
}
