import { ApiException } from '@kubernetes/client-node'

/** How an answer of the API server is to be understood. */
export type Failure =
  | 'not-found'
  | 'exists'
  | 'conflict'
  | 'terminating'
  | 'forbidden'
  | 'unavailable'
  | 'other'

interface StatusBody {
  readonly reason?: string
  readonly message?: string
  readonly details?: { readonly causes?: readonly { readonly reason?: string }[] }
}

/** Sorts an error of the Kubernetes client by its `metav1.Status`. Pure. */
export function classify(error: unknown): Failure {
  if (!(error instanceof ApiException)) return 'unavailable'
  const status = statusOf(error)
  const isTerminating =
    status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false
  if (isTerminating) return 'terminating'
  switch (error.code) {
    case 404:
      return 'not-found'
    case 409:
      return status.reason === 'AlreadyExists' ? 'exists' : 'conflict'
    case 401:
    case 403:
      return 'forbidden'
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return 'unavailable'
    default:
      return 'other'
  }
}

/** The sentence of the API server where there is one, else the error's own; without headers and bodies. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiException) return statusOf(error).message ?? `the API server answered ${error.code}`
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

function statusOf({ body }: ApiException<unknown>): StatusBody {
  if (typeof body !== 'string') return body ?? {}
  try {
    return JSON.parse(body) as StatusBody
  } catch {
    return { message: body }
  }
}
