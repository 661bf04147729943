import { ambiguousCredentials, malformedToken, missingToken, type Refusal } from './refusal.ts'

/**
 * The token of the Authorization headers (RFC 6750 section 2.1; the scheme is case-insensitive, RFC 9110
 * section 11.1). More than one header is refused: which one counts would depend on who reads them. Pure.
 */
export function readBearerToken(headers: readonly string[] = []): { token: string } | { refusal: Refusal } {
  const [header, ...others] = headers
  if (header === undefined) return { refusal: missingToken() }
  if (others.length > 0)
    return { refusal: ambiguousCredentials('there is more than one Authorization header') }
  const [, scheme = '', token = ''] = /^([^ ]*) *(.*)$/.exec(header) ?? []
  if (scheme.toLowerCase() !== 'bearer') return { refusal: missingToken() }
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    return { refusal: malformedToken('what follows "Bearer" is not a token') }
  }
  return { token }
}
