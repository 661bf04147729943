/** What the supervisor needs to know of one process. Plain data, but for the health check. */
export interface ProcessSpec {
  /** Unique in the tree; also what `dependsOn` names. */
  readonly name: string
  /** Absolute path of the executable. */
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment of the process: nothing is inherited, so that nothing leaks. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** stdout and stderr go here; created with mode 0600, the previous run's kept as `<file>.1`. */
  readonly logFile: string
  /** Processes that must be healthy before this one is started, and that outlive it. */
  readonly dependsOn?: readonly string[]
  /** One probe; false or a rejection means "not yet". Polled until true, or until the process ends. */
  readonly isHealthy: (signal: AbortSignal) => Promise<boolean>
  /** How long the process may take until it is healthy, in milliseconds (default 60,000). */
  readonly healthyWithinMs?: number
  /** How long it may take to end after `stopSignal` before it is killed, in milliseconds (default 10,000). */
  readonly stopWithinMs?: number
  /** The polite request to end (default SIGTERM). */
  readonly stopSignal?: NodeJS.Signals
  /**
   * Somebody else runs this process: it is neither started, restarted nor ended here, only waited for, as long
   * as it takes.
   */
  readonly external?: boolean
  /** What to do when it ends by itself after it was healthy (default 'on-crash'). */
  readonly restart?: 'never' | 'on-crash'
}

/**
 * Where a process is in its life. `awaited` means that somebody else has to start it. `crashed` is final (restart 'never'); `backing-off` means that it
 * crashed and is started again soon.
 */
export type Phase =
  | 'waiting'
  | 'awaited'
  | 'starting'
  | 'healthy'
  | 'backing-off'
  | 'crashed'
  | 'stopping'
  | 'stopped'

/** A snapshot of one process; times are milliseconds since the epoch. */
export interface ProcessState {
  readonly name: string
  readonly phase: Phase
  readonly pid: number | undefined
  readonly restarts: number
  readonly startedAt: number | undefined
  readonly healthyAt: number | undefined
  /** How it last ended, as a sentence ("ended with exit code 1"), if it did. */
  readonly lastExit: string | undefined
  readonly logFile: string
}
