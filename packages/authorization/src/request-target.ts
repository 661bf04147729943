import { AuthorizationError } from './errors.ts'

/** A request target that every parser reads in the same way. */
export interface RequestTarget {
  /** As it was received; to be forwarded byte for byte. */
  readonly raw: string
  /** Decoded, as `req.URL.Path` in Go. */
  readonly path: string
  /** The values of each query parameter, as `req.URL.Query()` in Go. */
  readonly query: ReadonlyMap<string, readonly string[]>
}

/** RFC 3986, section 3.3: pchar without percent-encoding, and the slash. */
const PLAIN_PATH = /^\/[\w\-.~!$&'()*+,;=:@/]*$/
const PATH = /^\/[\w\-.~!$&'()*+,;=:@/%]*$/
/** Section 3.4, and what clients send unencoded although they should not; Go reads these as they are. */
const QUERY = /^[\w\-.~!$&'()*+,=:@/?%[\]{}|"<>^`]*$/
const BAD_PERCENT = /%(?![0-9A-Fa-f]{2})/
/**
 * What may not be hidden behind a percent sign in a path: a slash or backslash (another number of
 * segments), a percent sign (decoded twice), `?` and `#` (another end of the path), control characters.
 */
const HIDDEN_DELIMITER = /%(?:2f|5c|25|3f|23|[01][0-9a-f]|7f)/i
/** Go refuses to parse more than some thousand parameters; nobody sends a tenth of that. */
const MAX_PARAMETERS = 1000
/** RFC 6750, section 2.3, and its relatives: a URL ends up in logs and histories. */
const TOKEN_PARAMETERS = ['access_token', 'id_token', 'token']

const NO_QUERY: ReadonlyMap<string, readonly string[]> = new Map()

/**
 * Parses the target of a request line (RFC 9112, section 3.2.1: origin form only). What two parsers could
 * read in two ways is refused instead of normalized: encoded slashes, dot segments, empty segments,
 * backslashes, bad or double percent-encoding, bytes that are no UTF-8, `#`, `;` in the query, absolute
 * form.
 *
 * @throws AuthorizationError `ERR_AMBIGUOUS_PATH`; `ERR_TOKEN_IN_QUERY` when a token stands in the query
 */
export function parseRequestTarget(raw: string): RequestTarget {
  const mark = raw.indexOf('?')
  const rawPath = mark === -1 ? raw : raw.slice(0, mark)
  const path = decodePath(rawPath)
  const query = mark === -1 || mark === raw.length - 1 ? NO_QUERY : parseQuery(raw.slice(mark + 1))
  for (const name of TOKEN_PARAMETERS) {
    if (query.has(name)) {
      throw new AuthorizationError('ERR_TOKEN_IN_QUERY', `a token in the query ("${name}") is not accepted`)
    }
  }
  return { raw, path, query }
}

function decodePath(raw: string): string {
  let path = raw
  if (!PLAIN_PATH.test(raw)) {
    if (!raw.startsWith('/')) throw ambiguous('is not in origin form: it must start with a slash')
    if (!PATH.test(raw)) throw ambiguous('holds a character that must be percent-encoded')
    if (BAD_PERCENT.test(raw)) throw ambiguous('holds an invalid percent-encoding')
    if (HIDDEN_DELIMITER.test(raw))
      throw ambiguous('hides a delimiter or a control character by percent-encoding')
    path = decode(raw)
  }
  if (path.includes('//')) throw ambiguous('holds an empty segment')
  // A quick test first, since most paths have no dot segment to look for.
  if (path.includes('/.') && path.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw ambiguous('holds a dot segment')
  }
  return path
}

/** As Go's `url.ParseQuery`, but that what it would skip with an error is refused. */
function parseQuery(raw: string): ReadonlyMap<string, readonly string[]> {
  if (raw.includes(';')) throw ambiguous('has a semicolon in its query, which some read as a separator')
  if (!QUERY.test(raw)) throw ambiguous('holds a character that must be percent-encoded')
  if (BAD_PERCENT.test(raw)) throw ambiguous('holds an invalid percent-encoding')
  if (raw.includes('%00')) throw ambiguous('holds NUL')
  const pairs = raw.split('&')
  if (pairs.length > MAX_PARAMETERS) throw ambiguous(`has more than ${MAX_PARAMETERS} query parameters`)
  const query = new Map<string, string[]>()
  for (const pair of pairs) {
    if (pair === '') continue
    const separator = pair.indexOf('=')
    const name = decodeParameter(separator === -1 ? pair : pair.slice(0, separator))
    const value = separator === -1 ? '' : decodeParameter(pair.slice(separator + 1))
    const values = query.get(name)
    if (values) values.push(value)
    else query.set(name, [value])
  }
  return query
}

function decodeParameter(text: string): string {
  return decode(text.includes('+') ? text.replaceAll('+', ' ') : text)
}

function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw ambiguous('decodes to bytes that are not UTF-8')
  }
}

function ambiguous(why: string): AuthorizationError {
  return new AuthorizationError('ERR_AMBIGUOUS_PATH', `the request target ${why}`)
}
