import { type Agent, request as httpsRequest } from 'node:https'
import type { HttpAnswer } from '../judge/judge.ts'
import type { WireRequest } from '../request/wire.ts'

const TIMEOUT_MS = 30_000

/** The head of an answer and the beginning of its body. */
export interface Received extends HttpAnswer {
  /** In seconds, as the header says it. */
  readonly retryAfter: string | undefined
}

/**
 * Sends a request to switch protocols, on a connection of its own (`agent` keeps none), and hangs up when it was
 * answered: who is let in has shown it by then.
 */
export function sendUpgrade(
  origin: string,
  agent: Agent,
  { method, target, headers }: WireRequest,
  signal: AbortSignal,
): Promise<Received> {
  const { promise, resolve, reject } = Promise.withResolvers<Received>()
  const sent = httpsRequest(new URL(target, origin), {
    method,
    headers: { ...headers, ...(method === 'POST' ? { 'content-length': '0' } : {}) },
    agent,
    signal,
    timeout: TIMEOUT_MS,
  })
  sent.once('timeout', () => {
    sent.destroy(Object.assign(new Error(`no answer within ${TIMEOUT_MS / 1000} s`), { code: 'ETIMEDOUT' }))
  })
  sent.once('error', reject)
  sent.once('upgrade', (response, socket) => {
    socket.on('error', () => undefined).destroy()
    resolve({ status: response.statusCode ?? 0, contentType: '', retryAfter: undefined, body: '' })
  })
  sent.once('response', (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.once('error', reject)
    response.once('end', () => {
      resolve({
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
        retryAfter: response.headers['retry-after'],
        body: Buffer.concat(chunks).toString('utf8'),
      })
      sent.destroy()
    })
  })
  sent.end()
  return promise
}
