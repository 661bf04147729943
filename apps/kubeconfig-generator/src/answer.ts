import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { AuthenticationError, type Identity, type TokenVerifier } from '@gatehouse/authentication'
import { auditIdOf, type Logger, writeStatus } from '@gatehouse/server'
import { clusterFile, type ClusterFileParts } from './cluster-file.ts'
import type { Configuration } from './configuration.ts'
import { crossOriginHeaders, preflightHeaders } from './cross-origin.ts'
import { DownloadError } from './downloads/errors.ts'
import type { HandedOut } from './handed-out.ts'
import { createKubeConfigFile, type KubeConfigParts } from './kube-config.ts'
import type { Limits } from './limits.ts'
import type { Observation } from './observe.ts'
import { type FileRequest, METHODS, readRequest } from './read-request.ts'
import { internalError, type Refusal, refusalOf, tooManyRequests } from './refusal.ts'

export interface AnswerParts extends KubeConfigParts, ClusterFileParts {
  readonly configuration: Pick<Configuration, 'allowedOrigins'> & KubeConfigParts['configuration']
  readonly verifier: Pick<TokenVerifier, 'recall' | 'verify'>
  readonly limits: Limits
  readonly observe: (request: IncomingMessage, response: ServerResponse, observation: Observation) => void
  readonly logger: Logger
}

/** The life of a request: read, verify, build, send. The promise never rejects. */
export function createAnswer(parts: AnswerParts) {
  const { allowedOrigins } = parts.configuration
  const kubeConfigFile = createKubeConfigFile(parts)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const observation: Observation = { auditId: auditIdOf(request.headersDistinct['audit-id']) }
    parts.observe(request, response, observation)
    const { origin } = request.headers
    const headers = { 'Audit-Id': observation.auditId, ...crossOriginHeaders(allowedOrigins, origin) }
    const refuse = (refusal: Refusal) => {
      observation.reason = refusal.status.details?.causes?.[0]?.reason ?? refusal.status.reason
      writeStatus(response, refusal.status, { ...headers, ...refusal.headers })
    }

    const asked = readRequest(request)
    if (asked.kind === 'refused') return refuse(asked.refusal)
    if (asked.kind === 'options') {
      response.writeHead(204, { ...headers, Allow: METHODS, ...preflightHeaders(allowedOrigins, origin) })
      response.end()
      return
    }
    try {
      const caller = await authenticate(parts, request, asked)
      if ('refusal' in caller) return refuse(caller.refusal)
      observation.user = caller.identity.username
      const { target } = asked
      const outcome =
        target.kind === 'kube-config'
          ? kubeConfigFile(caller.identity, asked)
          : await clusterFile(parts, caller.identity, { ...asked, target, auditId: observation.auditId })
      if ('refusal' in outcome) return refuse(outcome.refusal)
      await send(response, headers, outcome.file)
    } catch (error) {
      const refusal = refusalOf(error)
      if (!refusal || error instanceof DownloadError) {
        parts.logger.error({ err: error, auditId: observation.auditId }, 'a request failed')
      }
      refuse(refusal ?? internalError())
    }
  }
}

/** Who asks. @throws AuthenticationError */
async function authenticate(
  { verifier, limits }: AnswerParts,
  request: IncomingMessage,
  { token }: FileRequest,
): Promise<{ readonly identity: Identity } | { readonly refusal: Refusal }> {
  const identity = verifier.recall(token) ?? (await verifyWithin(verifier, limits, request, token))
  if ('refusal' in identity) return identity
  const taking = limits.file(identity.username)
  return taking.allowed ? { identity } : { refusal: tooManyRequests('downloads', taking) }
}

/** Verifies a token that is not remembered, unless too many from the same place were refused. */
async function verifyWithin(
  verifier: AnswerParts['verifier'],
  limits: Limits,
  request: IncomingMessage,
  token: string,
): Promise<Identity | { readonly refusal: Refusal }> {
  const looking = limits.beforeVerification(request)
  if (!looking.allowed) return { refusal: tooManyRequests('refused tokens', looking) }
  try {
    return await verifier.verify(token)
  } catch (error) {
    if (error instanceof AuthenticationError && error.code !== 'ERR_ISSUER_UNAVAILABLE')
      limits.failed(request)
    throw error
  }
}

/** Sends the file; resolves once it is on its way, or was taken back because the caller is gone. */
async function send(
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  { fileName, text, warning, takeBack }: HandedOut,
): Promise<void> {
  const over = Promise.withResolvers<void>()
  if (response.destroyed) over.resolve()
  else response.once('close', over.resolve)
  response.writeHead(200, {
    ...headers,
    // RFC 9512
    'Content-Type': 'application/yaml',
    ...(text === undefined ? {} : { 'Content-Length': Buffer.byteLength(text) }),
    'Content-Disposition': `attachment; filename="${fileName}"`,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(warning === undefined ? {} : { Warning: `299 - "${warning}"` }),
  })
  response.end(text)
  if (!takeBack) return
  await over.promise
  if (!response.writableFinished) await takeBack()
}
