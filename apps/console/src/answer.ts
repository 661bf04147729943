import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { auditIdOf, status, writeStatus } from '@gatehouse/server'
import type { PageConfiguration } from './configuration.ts'
import type { StaticFile, StaticFiles } from './files.ts'
import { securityHeaders } from './security-headers.ts'

const METHODS = 'GET, HEAD'
const ONE_YEAR_SECONDS = 31_536_000

export interface AnswerParts {
  readonly page: PageConfiguration
  readonly files: StaticFiles
  readonly observe: (request: IncomingMessage, response: ServerResponse, auditId: string) => void
}

/**
 * Answers with a file of the page, with what the page must know of this stack, or, where a person opened an
 * address inside the page (`/resources/…`), with the page itself.
 */
export function createAnswer({ page, files, observe }: AnswerParts) {
  const common = securityHeaders(page)
  const configuration = Buffer.from(JSON.stringify(page))
  return (request: IncomingMessage, response: ServerResponse): void => {
    const auditId = auditIdOf(request.headersDistinct['audit-id'])
    observe(request, response, auditId)
    const headers = { ...common, 'Audit-Id': auditId }
    const refuse = (code: number, reason: string, message: string, more: OutgoingHttpHeaders = {}) =>
      writeStatus(response, status({ code, reason, message }), { ...headers, ...more })

    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(405, 'MethodNotAllowed', `the method is not allowed here; use one of ${METHODS}`, {
        Allow: METHODS,
      })
    }
    const path = pathOf(request)
    if (path === '/configuration.json') {
      response.writeHead(200, {
        ...headers,
        'Content-Type': 'application/json',
        'Content-Length': configuration.length,
        'Cache-Control': 'no-store',
      })
      response.end(configuration)
      return undefined
    }
    const file = files.get(path) ?? (isPageAddress(path) ? files.get('/index.html') : undefined)
    if (!file) return refuse(404, 'NotFound', 'there is no such file; the console is at /')
    return sendFile(request, response, file, headers)
  }
}

/** The path without its query, which may hold an authorization code. */
export function pathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  return url.split('?', 1)[0]!
}

/** Addresses inside the page end in names of Kubernetes objects, which may hold dots; files have a folder. */
function isPageAddress(path: string): boolean {
  return !path.startsWith('/assets/')
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: StaticFile,
  common: OutgoingHttpHeaders,
): void {
  const encoding = chooseEncoding(request.headers['accept-encoding'], file)
  // A compressed form is another representation (RFC 9110 section 8.8.3.3).
  const etag = encoding === 'identity' ? file.etag : file.etag.replace(/"$/, `-${encoding}"`)
  const headers = {
    ...common,
    ETag: etag,
    Vary: 'Accept-Encoding',
    'Cache-Control': file.immutable ? `public, max-age=${ONE_YEAR_SECONDS}, immutable` : 'no-cache',
  }
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers)
    response.end()
    return
  }
  const body = file.bodies[encoding] ?? file.bodies.identity
  response.writeHead(200, {
    ...headers,
    'Content-Type': file.type,
    'Content-Length': body.length,
    ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
  })
  response.end(body)
}

/** The smallest form that the browser takes. Pure. */
export function chooseEncoding(
  accepted: string | undefined,
  { bodies }: Pick<StaticFile, 'bodies'>,
): 'br' | 'gzip' | 'identity' {
  const offers = new Set(
    (accepted ?? '')
      .split(',')
      .map((offer) => offer.trim().toLowerCase())
      .filter((offer) => !/;\s*q=0(\.0*)?$/.test(offer))
      .map((offer) => offer.split(';', 1)[0]!.trim()),
  )
  if (bodies.br && offers.has('br')) return 'br'
  if (bodies.gzip && offers.has('gzip')) return 'gzip'
  return 'identity'
}
