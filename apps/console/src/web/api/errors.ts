/** `metav1.Status`, as far as a failure is shown. */
export interface Status {
  readonly kind?: string
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly causes?: readonly {
      readonly reason?: string
      readonly message?: string
      readonly field?: string
    }[]
  }
}

/** A request that the API did not fulfil. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status; 0 where there was no answer at all. */
  readonly code: number
  readonly reason: string
  readonly status: Status
  /** Under which the proxy and the API server have it in their logs. */
  readonly auditId: string | undefined

  constructor(code: number, status: Status, auditId?: string, options?: ErrorOptions) {
    super(status.message ?? `the API answered ${code}`, options)
    this.code = code
    this.reason = status.reason ?? ''
    this.status = status
    this.auditId = auditId
  }
}

/** Whether asking again would give the same answer. Pure. */
export function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.code >= 400 && error.code < 500 && error.code !== 429
}

/** The failed answer as an error, whatever its body is. */
export async function errorOf(response: Response): Promise<ApiError> {
  const auditId = response.headers.get('Audit-ID') ?? undefined
  const text = await response.text().catch(() => '')
  try {
    const status = JSON.parse(text) as Status
    if (status.kind === 'Status') return new ApiError(response.status, status, auditId)
  } catch {
    // Not JSON: somebody between the API and us answered.
  }
  return new ApiError(
    response.status,
    { message: `the answer was ${response.status}, without a reason` },
    auditId,
  )
}

/** What the page can show of a stream (`what`) that breaks off, which is an error of the browser's own. */
export function asApiError(error: unknown, what: string): ApiError {
  if (error instanceof ApiError) return error
  const message = `${what} broke off: ${(error as Error).message}`
  return new ApiError(0, { message, reason: 'Unreachable' }, undefined, { cause: error })
}
