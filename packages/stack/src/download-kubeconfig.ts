import { localhostLookup } from '@gatehouse/authentication/login'
import { Agent, request } from 'undici'
import { StackError } from './errors.ts'

/** Which file is wanted of the generator. */
export interface KubeconfigOptions {
  /** The ID of a cluster of the catalogue; the stack's own cluster through the proxy when absent. */
  readonly cluster?: string | undefined
  /** The admin kubeconfig of the cluster, or of the stack's own. */
  readonly admin?: boolean | undefined
  readonly format?: string | undefined
  readonly plugin?: string | undefined
  readonly namespace?: string | undefined
}

/**
 * Asks the kubeconfig generator for a file.
 *
 * @throws StackError `ERR_DOWNLOAD` with what it says when it refuses
 */
export async function downloadKubeconfig(download: {
  generator: string
  /** PEM */
  certificateAuthority: string
  token: string
  options: KubeconfigOptions
  signal: AbortSignal
}): Promise<string> {
  const { generator, certificateAuthority, token, options, signal } = download
  const agent = new Agent({ connect: { ca: certificateAuthority, lookup: localhostLookup } })
  try {
    const response = await request(new URL(pathOf(options), generator), {
      dispatcher: agent,
      headers: { authorization: `Bearer ${token}` },
      signal,
    })
    const text = await response.body.text()
    if (response.statusCode === 200) return text
    throw new StackError(
      'ERR_DOWNLOAD',
      `the kubeconfig generator answered ${response.statusCode}: ${messageOf(text)}`,
    )
  } finally {
    await agent.close()
  }
}

function pathOf({ cluster, admin = false, format, plugin, namespace }: KubeconfigOptions): string {
  const given = Object.entries({ format, plugin, namespace }).filter(([, value]) => value !== undefined)
  const query = given.length > 0 ? `?${new URLSearchParams(given as [string, string][]).toString()}` : ''
  if (cluster === undefined) return `/kube-config${query}`
  const file = admin ? 'adminkubeconfig' : 'kubeconfig'
  return `/v1/spectroclusters/${encodeURIComponent(cluster)}/assets/${file}${query}`
}

/** The sentence of a metav1.Status, or all of another answer. */
function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    return typeof message === 'string' ? message : text
  } catch {
    return text
  }
}
