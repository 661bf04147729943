import { setTimeout as delay } from 'node:timers/promises'
import { type Child, startChild } from './child.ts'
import { SupervisorError } from './errors.ts'
import { tailOfLog } from './log-file.ts'
import { backOffMs, probePauseMs } from './plan.ts'
import type { Phase, ProcessSpec, ProcessState } from './process.ts'

/** A process that stayed healthy this long has its restart counter, and so its back-off, set to zero. */
const STABLE_AFTER_MS = 30_000

export interface UnitEvents {
  readonly onChange: (state: ProcessState) => void
  /** The process ended by itself after it was healthy; `tail` holds its last log lines. */
  readonly onCrash: (state: ProcessState, tail: readonly string[]) => void
}

/** One process through its whole life: start, health, crash, restart, stop. */
export class Unit {
  readonly spec: ProcessSpec
  readonly #events: UnitEvents
  readonly #stopping = new AbortController()
  #child: Child | undefined
  #phase: Phase = 'waiting'
  #restarts = 0
  #recentCrashes = 0
  #startedAt: number | undefined
  #healthyAt: number | undefined
  #lastExit: string | undefined
  #watching: Promise<void> | undefined
  #restartRequested: PromiseWithResolvers<void> | undefined
  /** Aborts to end the pause before the next start. */
  #pause = new AbortController()

  constructor(spec: ProcessSpec, events: UnitEvents) {
    this.spec = spec
    this.#events = events
  }

  get state(): ProcessState {
    return {
      name: this.spec.name,
      phase: this.#phase,
      pid: this.#child?.pid,
      restarts: this.#restarts,
      startedAt: this.#startedAt,
      healthyAt: this.#healthyAt,
      lastExit: this.#lastExit,
      logFile: this.spec.logFile,
    }
  }

  /** Starts the process and waits until it is healthy. A process that ends before that is an error. */
  async start(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, this.#stopping.signal])
    if (this.spec.external) {
      this.#enter('awaited')
      return this.#untilHealthy(undefined, Infinity, limit)
    }
    const child = await this.#spawn({ rotateLog: true })
    await this.#untilHealthy(child, this.#healthyWithinMs, limit)
    this.#watching = this.#watch(child)
  }

  /**
   * Ends the process and starts it again, for instance because its source changed; resolves when it is healthy.
   * A pause after a crash ends at once, and requests at one time share one start.
   */
  async restart(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#phase === 'crashed') await this.#watching
    const child = this.#child
    if (!child || this.#stopping.signal.aborted) return
    const isUnwatched = this.#phase === 'crashed' && this.#restartRequested === undefined
    this.#restartRequested ??= Promise.withResolvers<void>()
    const { promise } = this.#restartRequested
    promise.catch(() => undefined)
    if (isUnwatched) this.#watching = this.#watch(child)
    this.#pause.abort()
    await unlessAborted(
      child.stop().then(() => promise),
      signal,
    )
  }

  /** Ends the process; safe to call at any time and more than once. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    if (this.#child) {
      if (this.#phase !== 'crashed') this.#enter('stopping')
      await this.#child.stop()
    }
    await this.#watching
    this.#child = undefined
    if (this.#phase !== 'crashed') this.#enter('stopped')
  }

  /** Kills the process and what it started, without waiting. */
  kill(): void {
    this.#stopping.abort()
    this.#child?.kill()
  }

  async #spawn(options: { rotateLog: boolean }): Promise<Child> {
    this.#startedAt = Date.now()
    this.#healthyAt = undefined
    this.#child = await startChild(this.spec, options)
    this.#enter('starting')
    if (this.#stopping.signal.aborted) await this.#child.stop()
    return this.#child
  }

  get #healthyWithinMs(): number {
    return this.spec.healthyWithinMs ?? 60_000
  }

  async #untilHealthy(child: Child | undefined, withinMs: number, signal: AbortSignal): Promise<void> {
    const probes = new AbortController()
    const limit = AbortSignal.any([signal, probes.signal])
    let exit: string | undefined
    void child?.exited.then((sentence) => {
      exit = sentence
      probes.abort()
    })
    const startedAt = performance.now()
    while (exit === undefined) {
      signal.throwIfAborted()
      const healthy = await this.spec.isHealthy(limit).catch(() => false)
      if (exit !== undefined) break
      if (healthy) {
        this.#healthyAt = Date.now()
        this.#enter('healthy')
        return
      }
      const startingForMs = performance.now() - startedAt
      if (startingForMs > withinMs) {
        throw await this.#failure('ERR_NEVER_HEALTHY', `was not healthy within ${withinMs / 1000} s`)
      }
      await delay(probePauseMs(startingForMs), undefined, { signal: limit }).catch(() => undefined)
    }
    signal.throwIfAborted()
    this.#lastExit = exit
    throw await this.#failure('ERR_EXITED_EARLY', `${exit} before it was healthy`)
  }

  async #failure(code: 'ERR_NEVER_HEALTHY' | 'ERR_EXITED_EARLY', what: string): Promise<SupervisorError> {
    const tail = await tailOfLog(this.spec.logFile)
    const log = tail.length > 0 ? `\n${tail.map((line) => `  ${line}`).join('\n')}` : ' (it logged nothing)'
    return new SupervisorError(
      code,
      this.spec.name,
      `${this.spec.name} ${what}; the last lines of ${this.spec.logFile}:${log}`,
    )
  }

  /** Follows the process until it is stopped for good: reports crashes, restarts after a pause. */
  async #watch(first: Child): Promise<void> {
    let child = first
    for (;;) {
      this.#lastExit = await child.exited
      const goesOn = this.#stopping.signal.aborted ? false : await this.#afterEnd()
      const requested = this.#restartRequested
      this.#restartRequested = undefined
      if (!goesOn || this.#stopping.signal.aborted) {
        requested?.reject(this.#wasStopped())
        return
      }
      this.#restarts += 1
      try {
        child = await this.#spawn({ rotateLog: false })
        await this.#untilHealthy(child, this.#healthyWithinMs, this.#stopping.signal)
        requested?.resolve()
      } catch (error) {
        requested?.reject(this.#stopping.signal.aborted ? this.#wasStopped() : error)
        // The next turn sees that the process ended and backs off; one that hangs is ended first.
        await child.stop()
      }
    }
  }

  /** What follows when the process ended: nothing where that was asked for, else a report and a pause. */
  async #afterEnd(): Promise<boolean> {
    if (this.#restartRequested) return true
    const stable = this.#healthyAt !== undefined && Date.now() - this.#healthyAt > STABLE_AFTER_MS
    this.#recentCrashes = stable ? 1 : this.#recentCrashes + 1
    const final = this.spec.restart === 'never'
    this.#pause = new AbortController()
    this.#enter(final ? 'crashed' : 'backing-off')
    this.#events.onCrash(this.state, await tailOfLog(this.spec.logFile))
    if (final) return false
    const signal = AbortSignal.any([this.#stopping.signal, this.#pause.signal])
    await delay(backOffMs(this.#recentCrashes), undefined, { signal }).catch(() => undefined)
    return true
  }

  #wasStopped(): SupervisorError {
    return new SupervisorError(
      'ERR_STOPPED',
      this.spec.name,
      `${this.spec.name} was stopped before it was healthy`,
    )
  }

  #enter(phase: Phase): void {
    if (this.#phase === phase) return
    this.#phase = phase
    this.#events.onChange(this.state)
  }
}

/** Settles as `work` does, or rejects when `signal` aborts before. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
