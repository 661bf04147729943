import { type ChildProcess, spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { SupervisorError } from './errors.ts'
import { openLog } from './log-file.ts'
import type { ProcessSpec } from './process.ts'

/** A process that was started; it may have ended meanwhile. */
export interface Child {
  readonly pid: number
  /** Resolves with a sentence once the process is gone ("ended with exit code 1"); never rejects. */
  readonly exited: Promise<string>
  /** Asks politely, then kills the whole process group; resolves once the process is gone. */
  readonly stop: () => Promise<void>
  /** Kills the whole process group at once. */
  readonly kill: () => void
}

/**
 * Starts the process of `spec` in a process group of its own, so that a terminal's Ctrl-C reaches only the
 * supervisor and the end stays ordered. On Linux the kernel kills the child when the supervisor dies
 * (`PR_SET_PDEATHSIG` by setpriv), however it dies.
 *
 * @throws SupervisorError `ERR_SPAWN_FAILED`
 */
export async function startChild(spec: ProcessSpec, options: { rotateLog: boolean }): Promise<Child> {
  const log = await openLog(spec.logFile, { rotate: options.rotateLog })
  let child: ChildProcess
  let exited: Promise<string>
  try {
    const guard = await deathGuard()
    const [command, ...args] = [...guard, spec.command, ...spec.args]
    child = spawn(command!, args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    // Before anything is waited for: a process may end in the meantime, and says so once.
    exited = exitOf(child)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
  } catch (cause) {
    throw new SupervisorError(
      'ERR_SPAWN_FAILED',
      spec.name,
      `${spec.name} could not be started: ${(cause as Error).message} (${spec.command})`,
      { cause },
    )
  } finally {
    await log.close()
  }
  const pid = child.pid!
  const kill = () => signalGroup(pid, 'SIGKILL')
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(spec.stopSignal ?? 'SIGTERM')
    const timer = setTimeout(kill, spec.stopWithinMs ?? 10_000)
    await exited
    clearTimeout(timer)
    // What the process itself left behind in its group ends with it.
    kill()
  }
  return { pid, exited, stop, kill }
}

/** Resolves with a sentence once `child` is gone. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`)
    })
  })
}

/** Sends `signal` to every process of the group `pid`; a group that is gone is fine. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

let guardCommand: Promise<readonly string[]> | undefined

/** `setpriv --pdeathsig KILL --`, where util-linux has it; nothing elsewhere. Looked up once. */
function deathGuard(): Promise<readonly string[]> {
  guardCommand ??= (async () => {
    if (process.platform !== 'linux') return []
    for (const directory of ['/usr/bin', '/bin', '/usr/local/bin']) {
      const setpriv = join(directory, 'setpriv')
      const found = await access(setpriv, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (found) return [setpriv, '--pdeathsig', 'KILL', '--']
    }
    return []
  })()
  return guardCommand
}
