const REDACTED = '[redacted]'

/** A compact JWS or JWE (RFC 7515, 7516): its header is a JSON object, so it begins as base64url of `{`. */
const JSON_WEB_TOKEN =
  /e(?:y[A-Za-z0-9_-]|w[A-Za-z0-9_-])[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3}/g
/** RFC 6750 section 2.1 and RFC 7617; short words after "Bearer" are prose. */
const CREDENTIALS = /\b(Bearer|Basic) +[A-Za-z0-9._~+/=-]{16,}/gi
/** Parameters of OAuth 2.0 and OpenID Connect that are secrets, in a query or a form. */
const PARAMETERS =
  /\b((?:access_|id_|refresh_)?token|id_token_hint|client_secret|client_assertion|code|code_verifier|password)=[^&\s"'\\#]+/gi

/**
 * `text` without what looks like a token, a credential of an Authorization header or a secret parameter
 * of a URL. For error messages and paths; fields that are secret as a whole are `redactFields`' matter.
 */
export function redactText(text: string): string {
  return text
    .replace(JSON_WEB_TOKEN, REDACTED)
    .replace(CREDENTIALS, `$1 ${REDACTED}`)
    .replace(PARAMETERS, `$1=${REDACTED}`)
}

const SECRET_FIELD =
  /(?:authorization|cookie|token|password|passwd|secret|passphrase|private[-_]?key|key[-_]?data)s?$/i
const MAX_DEPTH = 8

/**
 * `value` with every field replaced whose name says that it is secret, however deep it stands. Objects
 * without such a field come back as they are. Dates, buffers and the like are left to JSON.
 */
export function redactFields(value: unknown): unknown {
  return redactMember(value, 0, new Set())
}

function redactMember(value: unknown, depth: number, above: Set<object>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (above.has(value)) return '[circular]'
  if (depth > MAX_DEPTH) return '[too deep]'
  if (value instanceof Error || 'toJSON' in value) return value
  above.add(value)
  let copy: Record<string, unknown> | unknown[] | undefined
  for (const [name, member] of Object.entries(value)) {
    const isSecret =
      SECRET_FIELD.test(name) && typeof member !== 'boolean' && member !== null && member !== undefined
    const replacement = isSecret ? REDACTED : redactMember(member, depth + 1, above)
    if (replacement === member) continue
    copy ??= Array.isArray(value) ? [...(value as unknown[])] : { ...value }
    Object.defineProperty(copy, name, {
      value: replacement,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  above.delete(value)
  return copy ?? value
}
