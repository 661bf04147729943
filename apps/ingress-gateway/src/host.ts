const HOST_HEADER = /^([a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?$/i

/**
 * The host of a Host header, in lower case and without its port; undefined when the header is not one that
 * RFC 9110 §7.2 allows here (user info, paths, percent signs and empty names are not).
 */
export function parseHost(header: string): string | undefined {
  const match = HOST_HEADER.exec(header)
  if (!match) return undefined
  if (match[2] !== undefined && Number(match[2]) > 65_535) return undefined
  return match[1]!.toLowerCase()
}
