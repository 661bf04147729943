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
  const response = await fetch(url, {
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/yaml, application/json' },
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
  }).catch((cause: unknown) => {
    const message = 'the kubeconfig generator did not answer: it is down, or its certificate is not trusted'
    throw new ApiError(0, { message, reason: 'Unreachable' }, undefined, { cause })
  })
  if (!response.ok) throw await errorOf(response)
  const text = await response.text()
  if (!/^kind: Config$/m.test(text)) {
    throw new ApiError(response.status, {
      message: 'the generator answered with something that is no kubeconfig',
    })
  }
  return { fileName: fileNameOf(response.headers.get('Content-Disposition')) ?? fallbackName, text }
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
