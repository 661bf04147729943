import { type ClusterConnection, openConnections } from './cluster-connection.ts'
import { AuthorizationError } from './errors.ts'
import type { SubjectAccessReviewSpec } from './subject-access-review.ts'

/** An answer to a review; `reason` is what the authorizer says about it, empty if nothing. */
export interface Decision {
  readonly allowed: boolean
  readonly reason: string
}

/** POSTs reviews (SubjectAccessReview, TokenReview) to the API server, on connections that stay open. */
export interface ReviewClient extends AsyncDisposable {
  /**
   * Creates a review and returns its status. With `auditId` the API server's audit log has the review under
   * that ID, beside the request that it is for.
   *
   * @throws AuthorizationError `ERR_REVIEW_FAILED`
   */
  create(
    path: string,
    review: { apiVersion: string; kind: string; spec: object },
    auditId?: string,
  ): Promise<Record<string, unknown>>
}

/** Makes a client with an identity of its own; it connects when the first review is made. */
export function createReviewClient(connection: ClusterConnection): ReviewClient {
  const { server } = connection
  const { agent, headers } = openConnections(connection, {
    maxResponseBytes: 4 * 1024 * 1024,
    userAgent: 'gatehouse-apiserver-proxy',
  })
  const sent = { ...headers, 'content-type': 'application/json' }
  return {
    async create(path, review, auditId) {
      try {
        const body = JSON.stringify(review)
        const response = await agent.request({
          origin: server,
          path,
          method: 'POST',
          headers: auditId === undefined ? sent : { ...sent, 'audit-id': auditId },
          body,
        })
        if (response.statusCode !== 201 && response.statusCode !== 200) {
          const text = await response.body.text()
          throw new Error(`the API server answered ${response.statusCode}: ${text.slice(0, 500)}`)
        }
        const { status } = (await response.body.json()) as { status?: unknown }
        if (typeof status !== 'object' || status === null) throw new Error('the answer has no status')
        return status as Record<string, unknown>
      } catch (cause) {
        const message = `a ${review.kind} failed: ${(cause as Error).message}`
        throw new AuthorizationError('ERR_REVIEW_FAILED', message, { cause })
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}

/**
 * Asks the API server whether a subject may do something. Only a clear yes is one: `allowed` true,
 * without `denied`.
 *
 * @throws AuthorizationError `ERR_REVIEW_FAILED`
 */
export async function reviewAccess(
  client: ReviewClient,
  spec: SubjectAccessReviewSpec,
  auditId?: string,
): Promise<Decision> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
  const status = await client.create(path, review, auditId)
  const { allowed, denied, reason } = status
  return {
    allowed: allowed === true && denied !== true,
    reason: typeof reason === 'string' ? reason : '',
  }
}
