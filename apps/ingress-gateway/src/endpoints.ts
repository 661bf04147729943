import type { ClientRequest } from 'node:http'
import { get } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import type { PassthroughConfig } from './config.ts'

export type Endpoint = PassthroughConfig['endpoints'][number]
type HealthCheck = PassthroughConfig['healthCheck']

/** Who hears of what becomes of endpoints. `reason`: why one is down; undefined when it is up again. */
export type OnEndpoint = (service: string, endpoint: Endpoint, reason: string | undefined, up: number) => void

/**
 * The servers of a passthrough, of which each new connection gets the next one that is up. Where there are several,
 * each is asked again and again, for a TLS handshake or by a request: one that does not answer as it should, or that a
 * connection could not reach, is down until it does. Disposal ends the checks.
 */
export class Endpoints implements Disposable {
  readonly #service: string
  readonly #all: readonly Endpoint[]
  readonly #down = new Set<Endpoint>()
  readonly #onChange: OnEndpoint
  readonly #looking: NodeJS.Timeout | undefined
  #next = 0
  #isOver = false

  constructor({ service, endpoints, healthCheck }: PassthroughConfig, onChange: OnEndpoint) {
    this.#service = service
    this.#all = endpoints
    this.#onChange = onChange
    if (endpoints.length < 2) return
    const underWay = new Set<Endpoint>()
    const look = async (endpoint: Endpoint) => {
      if (underWay.has(endpoint)) return
      underWay.add(endpoint)
      this.#mark(endpoint, await examine(endpoint, healthCheck))
      underWay.delete(endpoint)
    }
    const lookAtAll = () => void endpoints.map(look)
    lookAtAll()
    this.#looking = setInterval(lookAtAll, healthCheck.intervalSeconds * 1000).unref()
  }

  /** Those that a new connection may try, in that order; none when all are down. */
  candidates(): Endpoint[] {
    const from = this.#next++ % this.#all.length
    const turned = [...this.#all.slice(from), ...this.#all.slice(0, from)]
    return turned.filter((endpoint) => !this.#down.has(endpoint))
  }

  /** A connection could not reach it. An only one is tried again by the next connection all the same. */
  failed(endpoint: Endpoint, reason: string): void {
    if (this.#all.length > 1) this.#mark(endpoint, reason)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looking)
    this.#isOver = true
  }

  #mark(endpoint: Endpoint, reason: string | undefined): void {
    // What a check finds after the end is nobody's any more.
    if (this.#isOver || this.#down.has(endpoint) === (reason !== undefined)) return
    if (reason === undefined) this.#down.delete(endpoint)
    else this.#down.add(endpoint)
    this.#onChange(this.#service, endpoint, reason, this.#all.length - this.#down.size)
  }
}

/**
 * Why a server is not up; undefined when it is. Nothing is believed of what it says: whose certificate it is is the
 * client's to check. Never rejects.
 */
function examine(endpoint: Endpoint, { path, timeoutSeconds }: HealthCheck): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const asked = path === undefined ? shakeHands(endpoint, resolve) : ask({ ...endpoint, path }, resolve)
  const wanted = path === undefined ? 'TLS handshake' : `answer to GET ${path}`
  const timer = setTimeout(() => resolve(`no ${wanted} within ${timeoutSeconds} s`), timeoutSeconds * 1000)
  asked.on('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message))
  return promise.finally(() => {
    clearTimeout(timer)
    asked.destroy()
  })
}

type Found = (problem: string | undefined) => void

/** A kernel accepts connections for a process that hangs, so an open port is not enough. */
function shakeHands({ host, port }: Endpoint, found: Found): TLSSocket {
  return connect({ host, port, rejectUnauthorized: false })
    .once('secureConnect', () => found(undefined))
    .once('close', () => found('the connection was closed in the TLS handshake'))
}

/** A process that shakes hands may not know yet what it should: an API server refuses people while it starts. */
function ask({ host, port, path }: Endpoint & { readonly path: string }, found: Found): ClientRequest {
  return get({ host, port, path, rejectUnauthorized: false, agent: false }).once(
    'response',
    ({ statusCode }) => found(statusCode === 200 ? undefined : `GET ${path} was answered ${statusCode}`),
  )
}
