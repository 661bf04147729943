/** Preloaded (`node --import`), it makes a program know no host name but addresses, as some resolvers know none below localhost. */
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { isIP } from 'node:net'

const { lookup } = dns
type Answer = (error: NodeJS.ErrnoException, address: string, family: number) => void

function lookupOfAddresses(hostname: string, ...rest: unknown[]): void {
  if (isIP(hostname) !== 0) return Reflect.apply(lookup, dns, [hostname, ...rest])
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' })
  process.nextTick(rest.at(-1) as Answer, error, '', 0)
}

dns.lookup = lookupOfAddresses as typeof lookup
syncBuiltinESMExports()
