/**
 * The headers of an HTTP/2 request as HTTP/1.1 says the same, so that one set of rules decides about both
 * (RFC 9113 §8.3.1): `:authority` becomes Host, cookies that were split up for compression are one header
 * again (§8.2.3), and a body of unknown length is chunked. A Host that differs from `:authority` is left beside
 * it, and refused as a second Host. Pure; nghttp2 has refused connection headers, line breaks and wrong lengths.
 *
 * @param rawHeaders names and values in turn, as they were sent
 * @param hasBody whether anything follows the headers
 */
export function downgrade(rawHeaders: readonly string[], hasBody: boolean): string[] {
  const headers: string[] = []
  const cookies: string[] = []
  let authority: string | undefined
  let hasLength = false
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    const value = rawHeaders[index + 1]!
    if (name === ':authority') authority = value
    else if (name === 'cookie') cookies.push(value)
    else if (!name.startsWith(':') && !(name === 'host' && value === authority)) headers.push(name, value)
    hasLength ||= name === 'content-length'
  }
  if (authority !== undefined) headers.unshift('host', authority)
  if (cookies.length > 0) headers.push('cookie', cookies.join('; '))
  if (hasBody && !hasLength) headers.push('transfer-encoding', 'chunked')
  return headers
}
