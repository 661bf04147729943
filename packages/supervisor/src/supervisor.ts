import { EventEmitter } from 'node:events'
import { checkPlan } from './plan.ts'
import type { ProcessSpec, ProcessState } from './process.ts'
import { Unit } from './unit.ts'

export interface SupervisorEvents {
  /** A process entered another phase. */
  change: [state: ProcessState]
  /** A process ended by itself after it was healthy; `tail` holds its last log lines. */
  crash: [state: ProcessState, tail: readonly string[]]
}

/**
 * Owns a tree of processes: starts each one when what it depends on is healthy, restarts what crashes,
 * and ends all of them in the reverse order. Several `start` calls add to one tree.
 */
export class Supervisor extends EventEmitter<SupervisorEvents> implements AsyncDisposable {
  readonly #units = new Map<string, Unit>()
  readonly #healthy = new Map<string, Promise<void>>()
  #stopped: Promise<void> | undefined

  /**
   * Starts `specs` and resolves when all are healthy. On the first failure it rejects with a
   * `SupervisorError`; what was started goes on until `stop`, which the caller owes.
   */
  async start(specs: readonly ProcessSpec[], signal: AbortSignal): Promise<void> {
    checkPlan(specs, new Set(this.#units.keys()))
    const failed = new AbortController()
    const limit = AbortSignal.any([signal, failed.signal])
    for (const spec of specs) {
      this.#units.set(
        spec.name,
        new Unit(spec, {
          onChange: (state) => this.emit('change', state),
          onCrash: (state, tail) => this.emit('crash', state, tail),
        }),
      )
    }
    // Two loops, since a process may depend on one that stands later in the list.
    const gates = new Map(specs.map((spec) => [spec.name, Promise.withResolvers<void>()]))
    for (const [name, gate] of gates) {
      gate.promise.catch(() => undefined)
      this.#healthy.set(name, gate.promise)
    }
    const starts = specs.map(async (spec) => {
      const gate = gates.get(spec.name)!
      try {
        for (const name of spec.dependsOn ?? []) await this.#healthy.get(name)
        limit.throwIfAborted()
        await this.#units.get(spec.name)!.start(limit)
        gate.resolve()
      } catch (error) {
        gate.reject(error)
        failed.abort(error)
        throw error
      }
    })
    const outcomes = await Promise.allSettled(starts)
    signal.throwIfAborted()
    if (failed.signal.aborted) throw failed.signal.reason
    const rejected = outcomes.find((outcome) => outcome.status === 'rejected')
    if (rejected) throw rejected.reason
  }

  /**
   * Resolves when the named processes have become healthy.
   *
   * @throws RangeError for a name that nobody has; what their start failed with; the signal's reason
   */
  async untilHealthy(names: readonly string[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const gates = names.map((name) => this.#healthy.get(name) ?? Promise.reject(this.#unknown(name)))
    const aborted = Promise.withResolvers<never>()
    const abort = () => aborted.reject(signal.reason)
    signal.addEventListener('abort', abort)
    try {
      await Promise.race([Promise.all(gates), aborted.promise])
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** The state of every process, in the order in which they were added. */
  states(): ProcessState[] {
    return [...this.#units.values()].map((unit) => unit.state)
  }

  /** Ends the named process and starts it again; resolves when it is healthy. */
  async restart(name: string, signal: AbortSignal): Promise<void> {
    const unit = this.#units.get(name)
    if (!unit) throw this.#unknown(name)
    await unit.restart(signal)
  }

  /** Ends every process, dependents first; resolves when none is left. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll()
    return this.#stopped
  }

  /** Kills every process at once: for the second Ctrl-C. */
  kill(): void {
    for (const unit of this.#units.values()) unit.kill()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #unknown(name: string): RangeError {
    return new RangeError(`no process is named "${name}"; there are ${[...this.#units.keys()].join(', ')}`)
  }

  async #stopAll(): Promise<void> {
    const stopping = new Map<string, Promise<void>>()
    const stopOne = (unit: Unit): Promise<void> => {
      const known = stopping.get(unit.spec.name)
      if (known) return known
      const dependents = [...this.#units.values()].filter((other) =>
        other.spec.dependsOn?.includes(unit.spec.name),
      )
      const stopped = Promise.all(dependents.map(stopOne)).then(() => unit.stop())
      stopping.set(unit.spec.name, stopped)
      return stopped
    }
    await Promise.all([...this.#units.values()].map(stopOne))
  }
}
