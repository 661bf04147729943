import { z } from 'zod'

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/**
 * `host:port` as Go's net.Listen takes it: "127.0.0.1:5556", "[::1]:5556", ":5556" (every interface).
 * Undefined when `text` is no such address.
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:/\s]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (!match || port > 65_535) return undefined
  return { host: match[1] ?? (match[2] || '::'), port }
}

export const listenAddress = z.string().transform((text, context) => {
  const address = parseListenAddress(text)
  if (address) return address
  context.addIssue('is not an address; write it like 127.0.0.1:5556')
  return z.NEVER
})
