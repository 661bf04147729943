import type { OutgoingHttpHeaders } from 'node:http'
import { type Status, status, type StatusDetails } from '@gatehouse/server'
import { AuthenticationError, type AuthenticationErrorCode } from '@gatehouse/authentication'
import { DownloadError } from './downloads/errors.ts'

/** Why a request gets no kubeconfig: the document for the client, and the headers that go with it. */
export interface Refusal {
  readonly status: Status
  readonly headers: OutgoingHttpHeaders
}

const REALM = 'kubeconfig'

/** 404 for every path that is none of this service's. */
export function notFound(): Refusal {
  return refuse(404, 'NotFound', 'there is nothing here; ask for /kube-config, or for a file of a cluster')
}

/** 405 with the methods that work (RFC 9110 section 15.5.6). */
export function methodNotAllowed(allow: string): Refusal {
  return refuse(405, 'MethodNotAllowed', `the method is not allowed here; use one of ${allow}`, {
    headers: { Allow: allow },
  })
}

/** 400 for what is wrong with the request whoever sends it. */
export function badRequest(message: string): Refusal {
  return refuse(400, 'BadRequest', message)
}

/** 400 for credentials sent in a way that no answer could be right for (RFC 6750 section 3.1, `invalid_request`). */
export function ambiguousCredentials(message: string): Refusal {
  return refuse(400, 'BadRequest', message, { headers: challenge('invalid_request', message) })
}

/** 401 without an error code, as RFC 6750 section 3.1 asks for where no token was sent. */
export function missingToken(): Refusal {
  const message = 'no token was sent; send "Authorization: Bearer" with an ID token'
  return refuse(401, 'Unauthorized', message, { cause: 'TokenMissing', headers: challenge() })
}

export function malformedToken(message: string): Refusal {
  return refuse(401, 'Unauthorized', message, {
    cause: 'TokenMalformed',
    headers: challenge('invalid_token', message),
  })
}

/**
 * 404 for a cluster that does not exist, and word for word the same for one in a project where the caller has
 * no role. Pure.
 */
export function clusterNotFound(id: string): Refusal {
  return refuse(404, 'NotFound', `there is no cluster "${id}" in a project in which you have a role`, {
    cause: 'ClusterUnknown',
  })
}

/** 403 for a file that the caller's roles do not give. */
export function forbidden(cause: string, message: string): Refusal {
  return refuse(403, 'Forbidden', message, { cause })
}

/** 429 (RFC 6585) with the time after which it works again. */
export function tooManyRequests(
  what: string,
  { retryAfterSeconds }: { readonly retryAfterSeconds: number },
): Refusal {
  const message = `there were too many ${what}; try again in ${retryAfterSeconds} s`
  return refuse(429, 'TooManyRequests', message, {
    details: { retryAfterSeconds },
    headers: { 'Retry-After': retryAfterSeconds },
  })
}

/** 503 for a cluster at which this service has no identity to issue credentials with. */
export function credentialsUnavailable(): Refusal {
  const message =
    'no credentials can be issued for this cluster; its entry in the catalogue has none to do so'
  return refuse(503, 'ServiceUnavailable', message, { cause: 'CredentialsUnavailable' })
}

/** What a client is told of each reason for which a token is refused. */
const CAUSES: Partial<Record<AuthenticationErrorCode, string>> = {
  ERR_TOKEN_EXPIRED: 'TokenExpired',
  ERR_TOKEN_AUDIENCE: 'TokenAudience',
  ERR_TOKEN_SIGNATURE: 'TokenSignature',
  ERR_TOKEN_ISSUER: 'TokenIssuer',
  ERR_TOKEN_MALFORMED: 'TokenMalformed',
  ERR_TOKEN_CLAIMS: 'TokenClaims',
}

const RETRY_AFTER_SECONDS = 5

/**
 * 401 for a token that was refused, 503 when its issuer or a cluster could not be asked. Undefined for every
 * other error, which is this service's own. Pure.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof DownloadError) {
    const message =
      "the cluster's credential could not be issued at the moment; the log of the service says why"
    return refuse(503, 'ServiceUnavailable', message, {
      cause: 'ClusterUnavailable',
      headers: { 'Retry-After': RETRY_AFTER_SECONDS },
    })
  }
  if (!(error instanceof AuthenticationError)) return undefined
  if (error.code === 'ERR_ISSUER_UNAVAILABLE') {
    return refuse(503, 'ServiceUnavailable', `the token can't be verified at the moment: ${error.message}`, {
      cause: 'IssuerUnavailable',
      headers: { 'Retry-After': RETRY_AFTER_SECONDS },
    })
  }
  const cause = CAUSES[error.code]
  if (!cause) return undefined
  return refuse(401, 'Unauthorized', error.message, {
    cause,
    headers: challenge('invalid_token', error.message),
  })
}

export function internalError(): Refusal {
  return refuse(500, 'InternalError', 'the kubeconfig could not be made; the log of the service says why')
}

/** The value of WWW-Authenticate (RFC 6750 section 3). */
function challenge(error?: string, description?: string): OutgoingHttpHeaders {
  const parameters = [`realm="${REALM}"`]
  if (error) parameters.push(`error="${error}"`)
  if (description) parameters.push(`error_description="${describable(description)}"`)
  return { 'WWW-Authenticate': `Bearer ${parameters.join(', ')}` }
}

/** The characters that RFC 6750 allows in a description. */
function describable(text: string): string {
  return text.replaceAll('"', "'").replace(/[^\x20-\x7e]|\\/g, '?')
}

function refuse(
  code: number,
  reason: string,
  message: string,
  {
    cause,
    details,
    headers = {},
  }: { cause?: string; details?: StatusDetails; headers?: OutgoingHttpHeaders } = {},
): Refusal {
  const causes = cause ? { causes: [{ reason: cause, message }] } : {}
  const hasDetails = cause !== undefined || details !== undefined
  return {
    status: status({ code, reason, message, ...(hasDetails ? { details: { ...details, ...causes } } : {}) }),
    headers,
  }
}
