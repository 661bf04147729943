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

/**
 * Whether `host` always means this machine: `localhost`, what is under it (RFC 6761 §6.3) and loopback
 * addresses. Strict-Transport-Security for such a host would reach every other server on the machine.
 */
export function isLoopbackHost(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) ||
    host === '::1' ||
    host === '[::1]'
  )
}
