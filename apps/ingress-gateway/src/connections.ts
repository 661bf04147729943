import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { ConnectionKind } from './observe.ts'

/** Every connection that clients have open, so that none outlives the gateway. */
export class Connections {
  readonly #kinds = new Map<Socket, ConnectionKind>()
  /** Kept along, since counting thousands at each change would be work that any client can cause. */
  readonly #counts = { opening: 0, terminated: 0, passthrough: 0, http: 0 }
  readonly #onChange: (counts: Record<ConnectionKind, number>) => void
  #onEmpty: (() => void) | undefined

  constructor(onChange: (counts: Record<ConnectionKind, number>) => void) {
    this.#onChange = onChange
  }

  /** Remembers `socket` until it is closed. */
  add(socket: Socket, kind: ConnectionKind): void {
    this.#set(socket, kind)
    socket.once('close', () => {
      this.#set(socket, undefined)
      if (this.#kinds.size === 0) this.#onEmpty?.()
    })
  }

  /** What is done with `socket` from now on. */
  become(socket: Socket, kind: ConnectionKind): void {
    if (this.#kinds.has(socket)) this.#set(socket, kind)
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

  #set(socket: Socket, kind: ConnectionKind | undefined): void {
    const earlier = this.#kinds.get(socket)
    if (earlier !== undefined) this.#counts[earlier] -= 1
    if (kind === undefined) this.#kinds.delete(socket)
    else {
      this.#kinds.set(socket, kind)
      this.#counts[kind] += 1
    }
    this.#onChange(this.#counts)
  }
}
