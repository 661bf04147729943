import { EnvHttpProxyAgent, fetch, type Response } from 'undici'
import { BinariesError } from './errors.ts'
import type { Environment } from './plan.ts'

/** How long a server may keep silent, in milliseconds. */
export interface Patience {
  readonly connectMs: number
  readonly headersMs: number
  readonly bodyMs: number
}

const usualPatience: Patience = { connectMs: 2_000, headersMs: 5_000, bodyMs: 10_000 }
const redirectsAtMost = 5

/** GET requests that give up soon: an offline machine must get to the next step in seconds. */
export interface Http extends AsyncDisposable {
  /**
   * Follows redirects, but never from https to http.
   *
   * @returns a response of status 200 or 206, or 416 where `headers` ask for a range
   * @throws BinariesError `ERR_DOWNLOAD`
   */
  get(url: string, options: { signal: AbortSignal; headers?: Record<string, string> }): Promise<Response>
}

/** Opens a client that takes the proxy settings of `env` (HTTP_PROXY, HTTPS_PROXY, NO_PROXY). */
export function openHttp(env: Environment, patience: Patience = usualPatience): Http {
  const agent = new EnvHttpProxyAgent({
    httpProxy: env['http_proxy'] ?? env['HTTP_PROXY'] ?? '',
    httpsProxy: env['https_proxy'] ?? env['HTTPS_PROXY'] ?? '',
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
    connect: { timeout: patience.connectMs },
    bodyTimeout: patience.bodyMs,
  })
  // Six executables come from three hosts: one that can't be reached costs its time once.
  const unreachable = new Map<string, BinariesError>()

  const once = async (url: URL, signal: AbortSignal, headers: Record<string, string>): Promise<Response> => {
    const known = unreachable.get(url.origin)
    if (known) throw known
    const late = new AbortController()
    const timer = setTimeout(
      () => late.abort(new Error(`no answer within ${patience.headersMs / 1000} s`)),
      patience.headersMs,
    )
    try {
      return await fetch(url, {
        dispatcher: agent,
        redirect: 'manual',
        // The sum is that of the bytes as published: no transfer compression.
        headers: { 'accept-encoding': 'identity', ...headers },
        signal: AbortSignal.any([signal, late.signal]),
      })
    } catch (cause) {
      signal.throwIfAborted()
      const error = new BinariesError('ERR_DOWNLOAD', `${url.origin} can't be reached: ${reasonOf(cause)}`, {
        cause,
      })
      unreachable.set(url.origin, error)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async get(address, { signal, headers = {} }) {
      let url = new URL(address)
      for (let hop = 0; hop <= redirectsAtMost; hop++) {
        const response = await once(url, signal, headers)
        const { status } = response
        if (status === 200 || status === 206 || (status === 416 && 'range' in headers)) return response
        await response.body?.cancel()
        const location = response.headers.get('location')
        if (status < 300 || status > 399 || !location) {
          throw new BinariesError(
            'ERR_DOWNLOAD',
            `${url.href} answered ${status} ${response.statusText}`.trim(),
          )
        }
        const next = new URL(location, url)
        if (next.protocol !== 'https:' && next.protocol !== url.protocol) {
          throw new BinariesError('ERR_DOWNLOAD', `${url.href} redirects to ${next.href}, which is not https`)
        }
        url = next
      }
      throw new BinariesError('ERR_DOWNLOAD', `${address} redirects more than ${redirectsAtMost} times`)
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy()
    },
  }
}

/** The sentence at the root of a failed request: fetch itself says only "fetch failed". */
export function reasonOf(error: unknown): string {
  let root = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  // Node tries IPv4 and IPv6 and then says nothing but the code.
  if (root instanceof AggregateError) root = root.errors[0] ?? root
  return root instanceof Error ? root.message || root.name : String(root)
}
