import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { ConnectionKind } from './observe.ts'

/** Every connection that clients have open, so that none outlives the gateway. */
export class Connections {
  readonly #kinds = new Map<Socket, ConnectionKind>()
  readonly #onChange: (counts: Record<ConnectionKind, number>) => void
  #onEmpty: (() => void) | undefined

  constructor(onChange: (counts: Record<ConnectionKind, number>) => void) {
    this.#onChange = onChange
  }

  /** Remembers `socket` until it is closed. */
  add(socket: Socket, kind: ConnectionKind): void {
    this.#kinds.set(socket, kind)
    this.#changed()
    socket.once('close', () => {
      this.#kinds.delete(socket)
      this.#changed()
      if (this.#kinds.size === 0) this.#onEmpty?.()
    })
  }

  /** What is done with `socket` from now on. */
  become(socket: Socket, kind: ConnectionKind): void {
    if (!this.#kinds.has(socket)) return
    this.#kinds.set(socket, kind)
    this.#changed()
  }

  /** Waits up to `graceMs` until none is left, then destroys those that are. */
  async drain(graceMs: number): Promise<void> {
    if (this.#kinds.size === 0) return
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve
    })
    const over = new AbortController()
    await Promise.race([empty, delay(graceMs, undefined, { signal: over.signal }).catch(() => undefined)])
    over.abort()
    for (const socket of this.#kinds.keys()) socket.destroy()
    if (this.#kinds.size > 0) await empty
  }

  #changed(): void {
    const counts = { opening: 0, terminated: 0, passthrough: 0, http: 0 }
    for (const kind of this.#kinds.values()) counts[kind] += 1
    this.#onChange(counts)
  }
}
