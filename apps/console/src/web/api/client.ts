import type { Session } from '../session/session.ts'
import { tokenProtocol } from './channel.ts'
import { ApiError, errorOf } from './errors.ts'

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON unless it is a string. */
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  readonly signal?: AbortSignal | undefined
}

/** The Kubernetes API as the person who is logged in. */
export interface Api {
  /** @throws ApiError for everything but 2xx */
  readonly fetch: (path: string, options?: RequestOptions) => Promise<Response>
  /** The parsed answer. @throws ApiError */
  readonly json: <T>(path: string, options?: RequestOptions) => Promise<T>
  /** A WebSocket with the token among its subprotocols. @throws ApiError when nobody is logged in */
  readonly webSocket: (path: string, subprotocols: readonly string[]) => WebSocket
}

/**
 * Sends each request with the token that is good at that moment. A 401 ends the session, unless the token was
 * renewed meanwhile; then the request is sent once more.
 */
export function createApi(server: string, session: Pick<Session, 'state' | 'refuse'>): Api {
  const token = () => {
    const state = session.state()
    if (state.kind !== 'signed-in') throw new ApiError(401, { message: 'nobody is logged in' })
    return state.identity.idToken
  }
  const send = async (path: string, options: RequestOptions): Promise<Response> => {
    const sent = token()
    const response = await attempt(`${server}${path}`, options, sent)
    if (response.ok) return response
    if (response.status === 401 && token() !== sent) return send(path, options)
    const error = await errorOf(response)
    if (error.code === 401) session.refuse(sent, error.message)
    throw error
  }
  return {
    fetch: (path, options = {}) => send(path, options),
    json: async <T>(path: string, options: RequestOptions = {}) =>
      (await (await send(path, options)).json()) as T,
    webSocket: (path, subprotocols) =>
      new WebSocket(`${server.replace(/^http/, 'ws')}${path}`, [...subprotocols, tokenProtocol(token())]),
  }
}

async function attempt(url: string, options: RequestOptions, token: string): Promise<Response> {
  const { method = 'GET', body, contentType = 'application/json', accept = 'application/json' } = options
  try {
    return await fetch(url, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: accept,
        ...(body === undefined ? {} : { 'Content-Type': contentType }),
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      signal: options.signal ?? null,
    })
  } catch (cause) {
    options.signal?.throwIfAborted()
    const message =
      'the API did not answer: the proxy or the network is down, or its certificate is not trusted'
    throw new ApiError(0, { message, reason: 'Unreachable' }, undefined, { cause })
  }
}
