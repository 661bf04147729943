import { Connection, type ConnectionOwner } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import type { UpstreamError } from './errors.ts'

/** Below the API server's 90 s, so that a request rarely meets a connection that is just being closed. */
const IDLE_MS = 45_000
const SWEEP_MS = 1000
/** Longer than a request takes from its authentication to its connection. */
const RETIRED_FOR_MS = 120_000

/** Connections to one endpoint that stay open between exchanges; the last used is taken first. */
export class ConnectionPool implements Disposable, ConnectionOwner {
  #endpoint: Endpoint
  #idle: Connection[] = []
  readonly #active = new Map<Connection, Endpoint>()
  readonly #sweeping: NodeJS.Timeout
  #retiredAt = Infinity

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS).unref()
  }

  get endpoint(): Endpoint {
    return this.#endpoint
  }

  get counts(): { readonly active: number; readonly idle: number } {
    return { active: this.#active.size, idle: this.#idle.length }
  }

  /** From now on connects there; connections in use are closed when their exchange ends. */
  replaceEndpoint(endpoint: Endpoint): void {
    this.#endpoint = endpoint
    for (const { socket } of this.#idle.splice(0)) socket.destroy()
  }

  /** Another pool takes its place: from now on no connection is kept when its exchange ends. */
  retire(): void {
    this.#retiredAt = performance.now()
    for (const { socket } of this.#idle.splice(0)) socket.destroy()
  }

  /** A connection that is open already. */
  takeIdle(): Connection | undefined {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.socket.destroyed || !connection.socket.writable) continue
      this.#active.set(connection, this.#endpoint)
      return connection
    }
    return undefined
  }

  /** A new connection; the function returned gives up on it. */
  open(callback: (error: UpstreamError | undefined, connection: Connection | undefined) => void): () => void {
    const endpoint = this.#endpoint
    let isUnwanted = false
    const socket = endpoint.connect((error) => {
      if (error || isUnwanted) {
        if (!isUnwanted) callback(error, undefined)
        return
      }
      const connection = new Connection(socket, this)
      this.#active.set(connection, endpoint)
      callback(undefined, connection)
    })
    return () => {
      isUnwanted = true
      socket.destroy()
    }
  }

  onIdle(connection: Connection): void {
    const endpoint = this.#active.get(connection)
    this.#active.delete(connection)
    if (endpoint !== this.#endpoint || this.#retiredAt !== Infinity) {
      connection.socket.destroy()
      return
    }
    connection.idleSince = performance.now()
    this.#idle.push(connection)
  }

  onGone(connection: Connection): void {
    this.#active.delete(connection)
    const index = this.#idle.lastIndexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweeping)
    for (const { socket } of [...this.#idle, ...this.#active.keys()]) socket.destroy()
  }

  #sweep(): void {
    const now = performance.now()
    // The last used are at the end, so the oldest are at the start.
    while (this.#idle[0] !== undefined && now - this.#idle[0].idleSince > IDLE_MS) {
      this.#idle.shift()!.socket.destroy()
    }
    for (const connection of this.#active.keys()) if (now > connection.deadline) connection.timeOut()
    const isOver = this.#active.size === 0 && now - this.#retiredAt > RETIRED_FOR_MS
    if (isOver) clearInterval(this.#sweeping)
  }
}
