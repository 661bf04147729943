import { UpstreamError } from './errors.ts'

/** The head of an answer. Texts are Latin-1, as Node reads and writes headers. */
export interface ResponseHead {
  readonly status: number
  readonly reason: string
  /** Name, value, name, value… without the headers of the connection. */
  readonly headers: readonly string[]
  /** `Upgrade` of a 101; it is the only header of the connection that anyone needs. */
  readonly upgrade: string | undefined
  readonly framing: 'none' | 'chunked' | { readonly length: number }
  readonly keepAlive: boolean
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/
const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/
/** Of one connection only (RFC 9110, section 7.6.1). */
const OF_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Parses the head of an answer, up to and without the empty line. Stricter than RFC 9112 asks for: CRLF
 * only, no folded lines, and a body that is framed by one Content-Length or by `chunked`, never by both and
 * never by the end of the connection. Pure.
 *
 * @throws UpstreamError `ERR_UPSTREAM_MALFORMED`
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const lines = text.split('\r\n')
  const statusLine = STATUS_LINE.exec(lines[0]!)
  if (statusLine === null) throw malformed('its status line is not HTTP/1.1')
  const status = Number(statusLine[1])
  const headers: string[] = []
  let connection: string | undefined
  let contentLength: string | undefined
  let transferEncoding: string | undefined
  let upgrade: string | undefined
  for (let index = 1; index < lines.length; index++) {
    const match = HEADER.exec(lines[index]!)
    if (match === null) throw malformed('a header line is malformed')
    const name = match[1]!
    const value = match[2]!
    const lower = name.toLowerCase()
    if (lower === 'content-length') {
      if (contentLength !== undefined) throw malformed('it has two Content-Lengths')
      contentLength = value
    } else if (lower === 'transfer-encoding') {
      if (transferEncoding !== undefined) throw malformed('it has two Transfer-Encodings')
      transferEncoding = value
      continue
    } else if (lower === 'connection') {
      connection = connection === undefined ? value : `${connection},${value}`
      continue
    } else if (lower === 'upgrade') {
      upgrade = value
      continue
    } else if (OF_CONNECTION.has(lower)) continue
    headers.push(name, value)
  }
  const options =
    connection === undefined
      ? []
      : connection
          .toLowerCase()
          .split(',')
          .map((option) => option.trim())
  return {
    status,
    reason: statusLine[2] ?? '',
    headers: withoutNamed(headers, options),
    upgrade,
    framing: framingOf(status, method, contentLength, transferEncoding),
    keepAlive: !options.includes('close'),
  }
}

function framingOf(
  status: number,
  method: string,
  contentLength: string | undefined,
  transferEncoding: string | undefined,
): ResponseHead['framing'] {
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) throw malformed('it has Content-Length and Transfer-Encoding')
    if (transferEncoding.toLowerCase() !== 'chunked') throw malformed('its Transfer-Encoding is not chunked')
  }
  if (contentLength !== undefined && !/^\d{1,15}$/.test(contentLength))
    throw malformed('its Content-Length is no number')
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none'
  if (transferEncoding !== undefined) return 'chunked'
  if (contentLength === undefined) throw malformed('its body has no end')
  return { length: Number(contentLength) }
}

function withoutNamed(headers: readonly string[], options: readonly string[]): readonly string[] {
  const named = options.filter(
    (option) => option !== 'close' && option !== 'keep-alive' && option !== 'upgrade',
  )
  if (named.length === 0) return headers
  return headers.filter((_, index) => !named.includes(headers[index - (index % 2)]!.toLowerCase()))
}

function malformed(why: string): UpstreamError {
  return new UpstreamError('ERR_UPSTREAM_MALFORMED', `the API server's answer is malformed: ${why}`)
}
