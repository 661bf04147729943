import { Agent, type Dispatcher } from 'undici'
import { type Endpoint, tlsOptions } from '../paths/endpoint.ts'
import type { Credential } from '../paths/path.ts'

export interface ApiAnswer {
  readonly status: number
  readonly text: string
}

/** The API as one persona sees it, for what a run needs beside its cells. */
export interface Api extends AsyncDisposable {
  /** Sends one request; answers of every status resolve. `body` is sent as JSON. */
  readonly send: (
    method: Dispatcher.HttpMethod,
    path: string,
    body?: object,
    accept?: string,
  ) => Promise<ApiAnswer>
}

const TIMEOUT_MS = 30_000

/** Connects to the API server, or to a proxy in front of it, with one credential. */
export function connectApi(endpoint: Endpoint, credential: Credential, signal: AbortSignal): Api {
  const agent = new Agent({
    connections: 16,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    connect: { ...tlsOptions(endpoint, credential), timeout: TIMEOUT_MS },
  })
  return {
    async send(method, path, body, accept = 'application/json') {
      const response = await agent.request({
        origin: endpoint.server,
        path,
        method,
        signal,
        headers: {
          accept,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...('token' in credential ? { authorization: `Bearer ${credential.token}` } : {}),
        },
        body: body === undefined ? null : JSON.stringify(body),
      })
      return { status: response.statusCode, text: await response.body.text() }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}
