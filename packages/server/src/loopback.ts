/**
 * Whether `host` always means this machine: `localhost`, what is under it (RFC 6761 §6.3) and loopback
 * addresses (IPv6 with or without brackets).
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
