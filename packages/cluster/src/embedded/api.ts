import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { ClusterError } from '../errors.ts'
import type { Identity } from './certificates.ts'

/** A Kubernetes object, as far as the start of a cluster needs to know one. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object }
  readonly [field: string]: unknown
}

export interface ApiAnswer {
  readonly status: number
  /** The parsed body. */
  readonly body: unknown
}

/** The few requests that the start of a cluster makes, with a client certificate, over kept connections. */
export class Api implements Disposable {
  readonly #agent: Agent
  readonly #server: URL

  constructor(server: string, { certificateFile, keyFile, authorityFile }: Identity) {
    this.#server = new URL(server)
    this.#agent = new Agent({
      keepAlive: true,
      ca: readFileSync(authorityFile),
      cert: readFileSync(certificateFile),
      key: readFileSync(keyFile),
    })
  }

  /** Sends one request; answers of every status resolve. Rejects when there is no answer within 30 s. */
  send(
    method: string,
    path: string,
    { body, type = 'application/json', signal }: { body?: unknown; type?: string; signal: AbortSignal },
  ): Promise<ApiAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>()
    const sent = request(new URL(path, this.#server), {
      method,
      agent: this.#agent,
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': type }) },
      signal,
      timeout: 30_000,
    })
    sent.once('timeout', () => sent.destroy(new Error('no answer within 30 s')))
    sent.once('error', reject)
    sent.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, body: parse(Buffer.concat(chunks).toString('utf8')) })
      })
    })
    sent.end(body === undefined ? undefined : JSON.stringify(body))
    return promise
  }

  /** The object at `path`, or undefined when there is none. @throws ClusterError `ERR_API_REQUEST` */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    const answer = await this.send('GET', path, { signal })
    return answer.status === 404 ? undefined : ok('GET', path, answer)
  }

  /** Makes `object` what it says, whether it is there or not (server-side apply). */
  async apply(path: string, object: KubernetesObject, signal: AbortSignal): Promise<void> {
    const query = `${path}?fieldManager=gatehouse&force=true`
    const answer = await this.send('PATCH', query, {
      body: object,
      type: 'application/apply-patch+yaml',
      signal,
    })
    ok('PATCH', path, answer)
  }

  /** Sends a body and returns the answer's. @throws ClusterError `ERR_API_REQUEST` */
  async write(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    return ok(method, path, await this.send(method, path, { body, type, signal }))
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

function ok(method: string, path: string, { status, body }: ApiAnswer): unknown {
  if (status >= 200 && status < 300) return body
  const message = field(body, 'message')
  throw new ClusterError(
    'ERR_API_REQUEST',
    `the API server refused ${method} ${path} with ${status}: ${typeof message === 'string' ? message : 'no message'}`,
  )
}

/** The value at `path` in a parsed JSON document, or undefined. */
export function field(document: unknown, ...path: readonly string[]): unknown {
  let value = document
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.getOwnPropertyDescriptor(value, name)?.value
  }
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
