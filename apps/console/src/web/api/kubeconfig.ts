import { ApiError, errorOf } from './errors.ts'

export interface DownloadedKubeconfig {
  readonly fileName: string
  readonly text: string
}

/**
 * Asks the generator for a kubeconfig with the given token. Only a document that says that it is one is
 * returned: the body of a refusal must never end up in a file.
 *
 * @throws ApiError
 */
export async function fetchKubeconfig(
  url: string,
  token: string,
  fallbackName: string,
): Promise<DownloadedKubeconfig> {
  const response = await ask('GET', url, token)
  if (!response.ok) throw await errorOf(response)
  const text = await response.text()
  if (!/^kind: Config$/m.test(text)) {
    throw new ApiError(response.status, {
      message: 'the generator answered with something that is no kubeconfig',
    })
  }
  return { fileName: fileNameOf(response.headers.get('Content-Disposition')) ?? fallbackName, text }
}

/** Whether the generator would give that file; asking issues nothing. @throws ApiError unless it says yes or no */
export async function mayFetchKubeconfig(url: string, token: string): Promise<boolean> {
  const response = await ask('HEAD', url, token)
  if (!response.ok && ![403, 404].includes(response.status)) throw await errorOf(response)
  return response.ok
}

/** The address of a cluster's own file, on the same service. Pure. */
export function clusterFileUrl(
  kubeconfigUrl: string,
  cluster: string,
  file: 'kubeconfig' | 'adminkubeconfig',
): string {
  return new URL(`/v1/spectroclusters/${encodeURIComponent(cluster)}/assets/${file}`, kubeconfigUrl).href
}

async function ask(method: 'GET' | 'HEAD', url: string, token: string): Promise<Response> {
  return fetch(url, {
    method,
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/yaml, application/json' },
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
  }).catch((cause: unknown) => {
    const message = 'the kubeconfig generator did not answer: it is down, or its certificate is not trusted'
    throw new ApiError(0, { message, reason: 'Unreachable' }, undefined, { cause })
  })
}

/** The plain file name of a Content-Disposition (RFC 6266); never a path. Pure. */
export function fileNameOf(disposition: string | null): string | undefined {
  return /(?:^|;)\s*filename="([\w.-]+)"/i.exec(disposition ?? '')?.[1]
}

/** Lets the browser save `text` as a file. */
export function saveFile({ fileName, text }: DownloadedKubeconfig): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }))
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  URL.revokeObjectURL(address)
}
