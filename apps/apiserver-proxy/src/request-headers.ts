import { Refusal } from './refusal.ts'

/** The headers of a request, read once: what the proxy acts on, and what may go on as it is. */
export interface RequestHeaders {
  readonly authorization: string | undefined
  readonly auditId: string | undefined
  readonly origin: string | undefined
  readonly preflightMethod: string | undefined
  /** How the body is framed; `none` when there is none. */
  readonly body: 'none' | 'chunked' | { readonly length: number }
  /** `Upgrade`, in lower case, if `Connection` names it. */
  readonly upgrade: string | undefined
  readonly webSocketProtocols: readonly string[]
  /** The client's own Impersonate-*, in whatever spelling (name, value, name, value…); undefined without any. */
  readonly impersonation: readonly string[] | undefined
  /** The client's `traceparent`, if there is just one. */
  readonly traceparent: string | undefined
  /** Complete header lines for upstream, in Latin-1 as Node gives them. */
  readonly forwarded: string
}

type Kind =
  | 'pass'
  | 'drop'
  | 'impersonate'
  | 'trace-context'
  | 'host'
  | 'authorization'
  | 'connection'
  | 'content-length'
  | 'transfer-encoding'
  | 'upgrade'
  | 'audit-id'
  | 'origin'
  | 'access-control-request-method'
  | 'sec-websocket-protocol'

/** Acted on, and replaced by the proxy's own where upstream needs them. */
const CONSUMED = new Set<string>([
  'host',
  'authorization',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'audit-id',
  'sec-websocket-protocol',
])
/** Acted on; `Origin` goes on besides. */
const NOTED = new Set<string>(['origin', 'access-control-request-method'])
/** Of one connection only (RFC 9110, section 7.6.1), or a claim that only a proxy may make. */
const DROPPED =
  /^(?:keep-alive|te|trailer|expect|via|forwarded|proxy-.*|x-forwarded-.*|x-remote-.*|x-real-ip|x-client-.*|x-original-.*|x-rewrite-.*|x-envoy-.*|x-ssl-.*|x-http-method.*|x-method-override|true-client-ip|cf-connecting-ip|http2-settings)$/

/** Of whom a request is a part (W3C Trace Context and Baggage). */
const TRACE_CONTEXT = new Set<string>(['traceparent', 'tracestate', 'baggage'])

/** Names come from clients: the memory of them is bounded. */
const MAX_KNOWN_NAMES = 2000
const knownKinds = new Map<string, Kind>()

/**
 * Underscores count as hyphens, since servers behind upstream can't tell them apart. A pure function,
 * remembered by spelling.
 */
function kindOf(name: string): Kind {
  const known = knownKinds.get(name)
  if (known !== undefined) return known
  const lower = name.toLowerCase().replaceAll('_', '-')
  const isSpelledWithUnderscores = name.includes('_')
  let kind: Kind = 'pass'
  if (lower.startsWith('impersonate-')) kind = 'impersonate'
  else if (DROPPED.test(lower)) kind = 'drop'
  else if (TRACE_CONTEXT.has(lower)) kind = 'trace-context'
  else if (CONSUMED.has(lower) || NOTED.has(lower)) kind = isSpelledWithUnderscores ? 'drop' : (lower as Kind)
  if (knownKinds.size < MAX_KNOWN_NAMES) knownKinds.set(name, kind)
  return kind
}

/**
 * Reads the headers of a request as Node's parser left them (`rawHeaders`: name, value, name, value…).
 * What this refuses is what the parser lets pass although two servers may read it in two ways. Nothing that
 * `Connection` names goes on; what the proxy adds later is out of its reach. Where the proxy makes traces of its own
 * (`dropsTraceContext`), the client's goes no further. Pure.
 *
 * @throws Refusal `ERR_BAD_REQUEST`, `ERR_HEADERS_TOO_LARGE`
 */
export function readHeaders(
  raw: readonly string[],
  limits: { headers: number; isHttp10: boolean; dropsTraceContext: boolean },
): RequestHeaders {
  if (raw.length / 2 > limits.headers) {
    throw new Refusal('ERR_HEADERS_TOO_LARGE', `the request has more than ${limits.headers} headers`)
  }
  const seen: Partial<Record<Kind, string>> = {}
  let impersonation: string[] | undefined
  let traceparents: string[] | undefined
  let names: Set<string> | undefined
  let forwarded = ''
  for (let index = 0; index < raw.length; index += 2) {
    const kind = kindOf(raw[index]!)
    if (kind === 'pass' || kind === 'drop') continue
    if (kind === 'impersonate') {
      impersonation = [...(impersonation ?? []), raw[index]!, raw[index + 1]!]
      continue
    }
    if (kind === 'trace-context') {
      if (raw[index]!.toLowerCase() === 'traceparent')
        traceparents = [...(traceparents ?? []), raw[index + 1]!]
      continue
    }
    const value = raw[index + 1]!
    const earlier = seen[kind]
    if (earlier === undefined) seen[kind] = value
    else if (kind === 'connection' || kind === 'sec-websocket-protocol') seen[kind] = `${earlier},${value}`
    else throw new Refusal('ERR_BAD_REQUEST', `the request has two ${raw[index]} headers`)
  }
  const { connection } = seen
  let namesUpgrade = false
  if (connection !== undefined && !isPlainConnection(connection)) {
    names = new Set(
      connection
        .toLowerCase()
        .split(',')
        .map((name) => name.trim()),
    )
    namesUpgrade = names.has('upgrade')
  }
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!
    const kind = kindOf(name)
    const goesOn =
      kind === 'pass' || kind === 'origin' || (kind === 'trace-context' && !limits.dropsTraceContext)
    if (!goesOn) continue
    if (names?.has(name.toLowerCase())) continue
    forwarded += `${name}: ${raw[index + 1]}\r\n`
  }
  if (seen.host === undefined && !limits.isHttp10)
    throw new Refusal('ERR_BAD_REQUEST', 'the request has no Host header')
  return {
    authorization: seen.authorization,
    auditId: seen['audit-id'],
    origin: seen.origin,
    preflightMethod: seen['access-control-request-method'],
    body: bodyOf(seen, limits.isHttp10),
    upgrade: namesUpgrade ? seen.upgrade?.toLowerCase() : undefined,
    webSocketProtocols: (seen['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((protocol) => protocol.trim())
      .filter((protocol) => protocol !== ''),
    impersonation,
    traceparent: traceparents?.length === 1 ? traceparents[0] : undefined,
    forwarded,
  }
}

function isPlainConnection(value: string): boolean {
  return value === 'keep-alive' || value === 'close' || value === 'Keep-Alive'
}

/** Whether the parser has all of a request: only then is what follows on its connection the next one. */
export function isRead(
  { body }: Pick<RequestHeaders, 'body'>,
  request: { readonly complete: boolean },
): boolean {
  return body === 'none' || request.complete
}

/** RFC 9112, section 6.3; what it calls unrecoverable or lets a server guess is refused. */
function bodyOf(seen: Partial<Record<Kind, string>>, isHttp10: boolean): RequestHeaders['body'] {
  const transferEncoding = seen['transfer-encoding']
  const contentLength = seen['content-length']
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) {
      throw new Refusal('ERR_BAD_REQUEST', 'the request has Content-Length and Transfer-Encoding')
    }
    if (isHttp10) throw new Refusal('ERR_BAD_REQUEST', 'an HTTP/1.0 request has Transfer-Encoding')
    if (transferEncoding.toLowerCase() !== 'chunked') {
      throw new Refusal('ERR_BAD_REQUEST', 'the only Transfer-Encoding is chunked')
    }
    return 'chunked'
  }
  if (contentLength === undefined) return 'none'
  if (!/^\d{1,15}$/.test(contentLength))
    throw new Refusal('ERR_BAD_REQUEST', 'the Content-Length is not a number')
  return { length: Number(contentLength) }
}
