import type { IncomingHttpHeaders } from 'node:http'
import type { Transform } from 'node:stream'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'

/** In the order in which they are preferred where a client likes several as much. */
const ENCODINGS = ['br', 'gzip'] as const
export type Encoding = (typeof ENCODINGS)[number]

/** Worth compressing; what is compressed already (images, fonts, archives) is not among them. */
const TYPES =
  /^(?:text\/(?!event-stream)[\w.+-]+|application\/(?:javascript|json|manifest\+json|wasm|xml|yaml|xhtml\+xml)|image\/svg\+xml)$/
/** Below it, compressing costs more than it saves. */
const LEAST_BYTES = 1024

/** What the choice of an encoding depends on. */
export interface EncodingQuestion {
  readonly method: string
  readonly request: IncomingHttpHeaders
  readonly code: number
  readonly answer: IncomingHttpHeaders
}

/**
 * Whether an answer may be compressed for the clients that want it; they are then told that it varies. Pure.
 *
 * Compressed are only answers that everybody gets: neither credentials in the request, nor cookies in the
 * answer, nor a word against keeping it. The length of a compressed answer tells what in it repeats, so one that
 * holds a secret beside something that a stranger can choose would give the secret away (BREACH).
 */
export function isCompressible({ method, request, code, answer }: EncodingQuestion): boolean {
  if (method !== 'GET' || code !== 200) return false
  if (request.authorization !== undefined || request.cookie !== undefined) return false
  if (answer['set-cookie'] !== undefined || answer['content-encoding'] !== undefined) return false
  if (/\b(?:no-transform|no-store|private)\b/i.test(answer['cache-control'] ?? '')) return false
  const length = answer['content-length']
  if (length !== undefined && Number(length) < LEAST_BYTES) return false
  const [type = '', ...parameters] = (answer['content-type'] ?? '').toLowerCase().split(';')
  // A watch of Kubernetes is JSON by its type.
  return TYPES.test(type.trim()) && !parameters.some((parameter) => /^\s*stream=/.test(parameter))
}

/** The encoding that an Accept-Encoding header (RFC 9110 §12.5.3) rates highest, if it names one of ours. Pure. */
export function preferredEncoding(acceptEncoding: string | undefined): Encoding | undefined {
  const quality = new Map<string, number>()
  for (const part of (acceptEncoding ?? '').split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    quality.set(name, q === undefined ? 1 : Number(q.slice(2)) || 0)
  }
  const rated = ENCODINGS.map((name) => ({ name, q: quality.get(name) ?? quality.get('*') ?? 0 }))
  const best = rated.toSorted((a, b) => b.q - a.q)[0]!
  return best.q > 0 ? best.name : undefined
}

/** @param flush whether each piece is to reach the client at once: its whole length is not known */
export function createEncoder(encoding: Encoding, flush: boolean): Transform {
  if (encoding === 'gzip') return createGzip(flush ? { flush: constants.Z_SYNC_FLUSH } : {})
  return createBrotliCompress({
    params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
    ...(flush ? { flush: constants.BROTLI_OPERATION_FLUSH } : {}),
  })
}
