import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import { AuthenticationError } from './errors.ts'

const TIMEOUT_MS = 10_000
/** Discovery documents and key sets are some kilobytes; an issuer must not fill our memory. */
const MAX_BYTES = 1024 * 1024

/**
 * GETs a JSON object over HTTPS. Redirects are not followed: an issuer's documents are where it says, and
 * a redirect could lead the request into the cluster. The CA file is read each time, so that a renewed CA
 * needs no restart.
 *
 * @throws AuthenticationError `ERR_ISSUER_UNAVAILABLE`
 */
export async function getJson(
  url: string,
  options: { certificateAuthorityFile?: string | undefined; signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const { certificateAuthorityFile, signal } = options
  try {
    const ca = certificateAuthorityFile === undefined ? undefined : await readFile(certificateAuthorityFile)
    await using agent = disposable(
      new Agent({ connect: { ca, timeout: TIMEOUT_MS }, maxResponseSize: MAX_BYTES }),
    )
    const response = await request(url, {
      dispatcher: agent.value,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: { accept: 'application/json' },
    })
    if (response.statusCode !== 200) {
      await response.body.dump()
      throw new Error(`it answered ${response.statusCode}`)
    }
    const document: unknown = await response.body.json()
    if (typeof document !== 'object' || document === null || Array.isArray(document)) {
      throw new Error('its answer is not a JSON object')
    }
    return document as Record<string, unknown>
  } catch (cause) {
    const { message } = cause as Error
    throw new AuthenticationError('ERR_ISSUER_UNAVAILABLE', `${url} could not be fetched: ${message}`, {
      cause,
    })
  }
}

function disposable(agent: Agent): AsyncDisposable & { value: Agent } {
  return { value: agent, [Symbol.asyncDispose]: () => agent.destroy() }
}
