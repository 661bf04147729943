import { BlockList, isIP, isIPv6 } from 'node:net'
import type { WebSettings } from '../config/web.ts'

/**
 * Returns the function that says from which address a request comes: the connection's own, or, when that
 * is one of `web.clientRemoteIP.trustedProxies`, the last one in the header that is not.
 */
export function clientAddress(
  settings: WebSettings['clientRemoteIP'],
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

function addNetwork(list: BlockList, network: string): void {
  const [address = '', prefix] = network.split('/')
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (prefix === undefined) list.addAddress(address, family)
  else list.addSubnet(address, Number(prefix), family)
}

function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
