import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** `metav1.Status` (k8s.io/apimachinery/pkg/apis/meta/v1/types.go), as far as a failure needs it. */
export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: Record<string, never>
  readonly status: 'Failure'
  readonly message: string
  readonly reason: string
  readonly details?: StatusDetails
  /** The HTTP status code of the answer. */
  readonly code: number
}

/** `metav1.StatusDetails`. */
export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly {
    readonly reason?: string
    readonly message?: string
    readonly field?: string
  }[]
  readonly retryAfterSeconds?: number
}

/** The document that kubectl and every Kubernetes client shows as "Error from server (Reason): message". */
export function status({
  code,
  reason,
  message,
  details,
}: Pick<Status, 'code' | 'reason' | 'message' | 'details'>): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details ? { details } : {}),
    code,
  }
}

/**
 * Ends `response` with `document` as application/json and its code. Where the head of another answer
 * went out already, the connection is cut instead, so that no client takes half an answer for a whole one.
 */
export function writeStatus(
  response: ServerResponse,
  document: Status,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = Buffer.from(JSON.stringify(document))
  response.writeHead(document.code, {
    ...headers,
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(body)
}
