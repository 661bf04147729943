import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { TokenVerifier } from '@gatehouse/authentication'
import { auditIdOf, type Logger, writeStatus } from '@gatehouse/server'
import type { Configuration } from './configuration.ts'
import { crossOriginHeaders, preflightHeaders } from './cross-origin.ts'
import { kubeconfigFor } from './kubeconfig-for.ts'
import type { Observation } from './observe.ts'
import { type KubeConfigRequest, METHODS, readRequest } from './read-request.ts'
import { internalError, type Refusal, refusalOf } from './refusal.ts'

export interface AnswerParts {
  readonly configuration: Pick<Configuration, 'allowedOrigins' | 'cluster'>
  readonly verifier: Pick<TokenVerifier, 'verify'>
  readonly certificateAuthority: () => string
  readonly observe: (request: IncomingMessage, response: ServerResponse, observation: Observation) => void
  readonly logger: Logger
}

/** The life of a request: read, verify, build, send. The promise never rejects. */
export function createAnswer(parts: AnswerParts) {
  const { allowedOrigins, cluster } = parts.configuration
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const observation: Observation = { auditId: auditIdOf(request.headersDistinct['audit-id']) }
    parts.observe(request, response, observation)
    const { origin } = request.headers
    const headers = { 'Audit-Id': observation.auditId, ...crossOriginHeaders(allowedOrigins, origin) }
    const refuse = (refusal: Refusal) => {
      observation.reason = refusal.status.details?.causes?.[0]?.reason ?? refusal.status.reason
      writeStatus(response, refusal.status, { ...headers, ...refusal.headers })
    }

    const asked: KubeConfigRequest = readRequest(request)
    if (asked.kind === 'refused') return refuse(asked.refusal)
    if (asked.kind === 'options') {
      response.writeHead(204, { ...headers, Allow: METHODS, ...preflightHeaders(allowedOrigins, origin) })
      response.end()
      return
    }
    try {
      const { token, namespace } = asked
      const identity = await parts.verifier.verify(token)
      observation.user = identity.username
      const certificateAuthority = parts.certificateAuthority()
      sendKubeconfig(
        response,
        headers,
        kubeconfigFor({ identity, token, cluster, certificateAuthority, namespace }),
      )
    } catch (error) {
      const refusal = refusalOf(error)
      if (!refusal) parts.logger.error({ err: error, auditId: observation.auditId }, 'a request failed')
      refuse(refusal ?? internalError())
    }
  }
}

function sendKubeconfig(response: ServerResponse, headers: OutgoingHttpHeaders, text: string): void {
  response.writeHead(200, {
    ...headers,
    // RFC 9512
    'Content-Type': 'application/yaml',
    'Content-Length': Buffer.byteLength(text),
    'Content-Disposition': 'attachment; filename="kubeconfig.yml"',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(text)
}
