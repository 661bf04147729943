import { isIPv4, isIPv6 } from 'node:net'

/**
 * Says what is wrong with the CIDR, or the two of a dual-stack cluster with a comma between them; undefined when
 * kind would take it. Pure.
 */
export function subnetProblem(value: string, family: 'ipv4' | 'ipv6' | 'dual'): string | undefined {
  const versions = value.split(',').map(versionOf)
  if (versions.includes(undefined)) return `"${value}" is no CIDR such as 10.244.0.0/16`
  if (family === 'dual') {
    const fits = versions.length === 1 || (versions.length === 2 && new Set(versions).size === 2)
    return fits ? undefined : 'needs one CIDR, or one of IPv4 and one of IPv6, in a dual-stack cluster'
  }
  if (versions.length > 1) return `takes one CIDR in an ${family} cluster`
  const wanted = family === 'ipv4' ? 4 : 6
  return versions[0] === wanted ? undefined : `must be an IPv${wanted} CIDR in an ${family} cluster`
}

function versionOf(cidr: string): 4 | 6 | undefined {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? []
  if (isIPv4(address) && Number(bits) <= 32) return 4
  if (isIPv6(address) && Number(bits) <= 128) return 6
  return undefined
}
