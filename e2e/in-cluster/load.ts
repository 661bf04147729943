import { Agent, request } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'

/** How a client connects: each keeps its connection as long as it lasts, or opens one for each request. */
export type Manner = 'keep-alive' | 'new'

interface Failure {
  readonly manner: Manner
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly reason: string
}

export interface LoadReport {
  /** Requests that were answered as they should be. */
  readonly answered: Readonly<Record<Manner, number>>
  readonly failures: readonly Failure[]
  /** Connections that the clients opened in all. */
  readonly connections: Readonly<Record<Manner, number>>
}

export interface Load {
  readonly report: LoadReport
  /** Lets the requests under way end. */
  readonly stop: () => Promise<LoadReport>
}

export interface LoadOptions {
  readonly url: string
  readonly authority: string
  readonly token: string
  /** Clients of each manner. */
  readonly clients: number
}

/** Between two requests of a client: requests at a rate that leaves the servers room, however many cores there are. */
const PAUSE_MS = 20
const TIMEOUT_MS = 15_000

/** Sends requests until it is stopped, and tries none again. */
export function startLoad(options: LoadOptions): Load {
  const answered = { 'keep-alive': 0, new: 0 }
  const connections = { 'keep-alive': 0, new: 0 }
  const failures: Failure[] = []
  const stopped = new AbortController()
  const client = async (manner: Manner) => {
    const agent = new Agent({ keepAlive: manner === 'keep-alive', maxSockets: 1, ca: options.authority })
    while (!stopped.signal.aborted) {
      const startedAt = Date.now()
      const reason = await send(options, agent, () => (connections[manner] += 1))
      if (reason === undefined) answered[manner] += 1
      else failures.push({ manner, startedAt, reason })
      await delay(PAUSE_MS)
    }
    agent.destroy()
  }
  const clients = (['keep-alive', 'new'] as const).flatMap((manner) =>
    Array.from({ length: options.clients }, () => client(manner)),
  )
  const report = { answered, connections, failures }
  return {
    report,
    async stop() {
      stopped.abort()
      await Promise.all(clients)
      return report
    },
  }
}

/** Why the request failed; undefined when it was answered with 200. */
function send(
  { url, token }: LoadOptions,
  agent: Agent,
  onConnection: () => void,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const headers = { authorization: `Bearer ${token}` }
  const sent = request(url, { agent, headers, timeout: TIMEOUT_MS }, (response) => {
    response.on('error', (error) => resolve(error.message))
    response.once('end', () =>
      resolve(response.statusCode === 200 ? undefined : `answered ${response.statusCode}`),
    )
    response.resume()
  })
  sent.once('socket', () => {
    if (!sent.reusedSocket) onConnection()
  })
  sent.once('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)))
  sent.on('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message))
  sent.end()
  return promise
}
