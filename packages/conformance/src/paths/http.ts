import { Agent as UpgradeAgent } from 'node:https'
import { Agent, type Dispatcher } from 'undici'
import { judge } from '../judge/judge.ts'
import { wireRequest, type WireRequest } from '../request/wire.ts'
import { type Endpoint, tlsOptions } from './endpoint.ts'
import type { LoggedIn, Path, PathAnswer } from './path.ts'
import { type Received, sendUpgrade } from './upgrade.ts'

/** Enough for every Status; of lists only the beginning is looked at. */
const MAX_BODY = 64 * 1024
const TIMEOUT_MS = 30_000

export interface HttpPathOptions {
  readonly id: string
  readonly endpoint: Endpoint
  readonly isDirect: boolean
  /** Requests under way at one time. */
  readonly concurrency: number
  /** Verbs that this way in refuses on purpose, and that are not asked for there. */
  readonly without?: readonly string[]
}

/** Connections of one persona; those that switch protocols are not used again. */
interface Agents {
  readonly requests: Agent
  readonly upgrades: UpgradeAgent
}

/** A way in that speaks HTTP: the API server itself, or a proxy in front of it. Connections stay open. */
export function httpPath(options: HttpPathOptions): Path {
  const { id, endpoint, isDirect, concurrency, without = [] } = options
  const agents = new Map<LoggedIn, Agents>()
  const agentsOf = (persona: LoggedIn): Agents => {
    // A client certificate belongs to the connection, so everybody has connections of their own.
    const known = agents.get(persona)
    if (known) return known
    const tls = tlsOptions(endpoint, persona.credential)
    const opened = {
      requests: new Agent({
        connections: concurrency,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
        connect: { ...tls, timeout: TIMEOUT_MS },
      }),
      upgrades: new UpgradeAgent({ ...tls, keepAlive: false }),
    }
    agents.set(persona, opened)
    return opened
  }
  return {
    id,
    server: endpoint.server,
    isDirect,
    concurrency,
    canAsk: ({ question: { verb } }) => !without.includes(verb),
    async ask({ planned, persona, auditId, context, signal }) {
      const request = wireRequest(planned, context)
      const { question } = planned
      const startedAt = performance.now()
      const evidence = (status: number | null, reason: string, message: string): PathAnswer['evidence'] => ({
        request: `${request.method} ${request.target}`,
        status,
        reason,
        message,
        auditId,
        durationMs: performance.now() - startedAt,
      })
      try {
        const headers = { ...request.headers, ...authorization(persona), 'audit-id': auditId }
        const answer =
          request.transport === 'http'
            ? await send(
                agentsOf(persona).requests,
                endpoint.server,
                { ...request, headers },
                question.verb === 'watch',
                signal,
              )
            : await sendUpgrade(endpoint.server, agentsOf(persona).upgrades, { ...request, headers }, signal)
        if (answer.status === 429) {
          const retryAfterMs = 1000 * (Number(answer.retryAfter) || 1)
          return {
            result: 'inconclusive',
            evidence: evidence(429, 'TooManyRequests', answer.body),
            retryAfterMs,
          }
        }
        const { result, reason, message } = judge(answer, question, persona.username)
        return { result, evidence: evidence(answer.status, reason, message) }
      } catch (error) {
        signal.throwIfAborted()
        const { message, code = '' } = error as Error & { code?: string }
        const isConnection = !/TIMEOUT/.test(code)
        return {
          result: 'inconclusive',
          evidence: evidence(null, code, message),
          ...(isConnection ? { retryAfterMs: 50 } : {}),
        }
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents.values()].map(({ requests }) => requests.destroy()))
    },
  }
}

function authorization({ credential }: LoggedIn): Record<string, string> {
  return 'token' in credential ? { authorization: `Bearer ${credential.token}` } : {}
}

async function send(
  agent: Dispatcher,
  origin: string,
  { method, target, headers, body }: WireRequest,
  isStream: boolean,
  signal: AbortSignal,
): Promise<Received> {
  const response = await agent.request({
    origin,
    path: target,
    method,
    headers,
    body: body ?? null,
    // The body of a DELETE, too, was read to its end when it is answered: its connection can stay.
    reset: false,
    signal,
  })
  const head = {
    status: response.statusCode,
    contentType: String(response.headers['content-type'] ?? ''),
    retryAfter: response.headers['retry-after']?.toString(),
  }
  if (isStream && head.status === 200) {
    // The head says it all; what would follow are the changes of a second.
    response.body.on('error', () => undefined).destroy()
    return { ...head, body: '' }
  }
  let text = ''
  response.body.setEncoding('utf8')
  for await (const chunk of response.body) if (text.length < MAX_BODY) text += chunk as string
  return { ...head, body: text.slice(0, MAX_BODY) }
}
