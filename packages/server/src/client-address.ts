import { BlockList, isIP, isIPv6 } from 'node:net'
import { z } from 'zod'

/** An IP address or a CIDR block. */
export const networkSchema = z
  .string()
  .refine(
    (text) => isIP(text.split('/')[0]!) !== 0 && /^[^/]+(\/\d{1,3})?$/.test(text),
    'is not an IP address or CIDR block',
  )

/** Whose word counts when a request says on whose behalf it comes. */
export interface ForwardedAddressSettings {
  /** The name of the header that the proxies set. */
  readonly header: string
  /** Addresses and networks (CIDR) of the proxies. */
  readonly trustedProxies: readonly string[]
}

/**
 * Returns the function that says from which address a request comes: the connection's own, or, when that is a
 * trusted proxy's, the last one in the header that is not.
 */
export function clientAddress(
  settings: ForwardedAddressSettings | undefined,
): (remoteAddress: string, headers: Readonly<Record<string, string | string[] | undefined>>) => string {
  if (!settings) return (remoteAddress) => plain(remoteAddress)
  const trusted = new BlockList()
  for (const network of settings.trustedProxies) addNetwork(trusted, network)
  const isTrusted = (address: string) => trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  const name = settings.header.toLowerCase()
  return (remoteAddress, headers) => {
    const direct = plain(remoteAddress)
    if (isIP(direct) === 0 || !isTrusted(direct)) return direct
    const hops = [headers[name] ?? []]
      .flat()
      .flatMap((value) => value.split(','))
      .map((hop) => plain(hop.trim()))
    // What stands left of an entry that is no address can be anybody's.
    const known = hops.slice(hops.findLastIndex((hop) => isIP(hop) === 0) + 1)
    return known.findLast((hop) => !isTrusted(hop)) ?? known[0] ?? direct
  }
}

/** The address, or for IPv6 its /64: an IPv6 subscriber has all of one to send from. Pure. */
export function subscriberOf(address: string): string {
  if (!isIPv6(address) || address.toLowerCase().startsWith('::ffff:')) return address
  const [head = '', tail] = address.split('::')
  const front = head.split(':').filter(Boolean)
  const back = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0')
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', prefix] = network.split('/')
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (prefix === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(prefix), family)
}

function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
