import { lookup } from 'node:dns/promises'
import { BlockList, isIPv4 } from 'node:net'
import { ConfigurationError } from '@gatehouse/server/errors'
import { hostsOf } from '../addresses.ts'
import type { Check } from './context.ts'
import { type Judgement, ok, skipped, warning } from './finding.ts'

/** What this machine's resolver says about a name; no address when it does not know it. */
export interface Resolution {
  readonly host: string
  readonly addresses: readonly string[]
}

export const hostNamesCheck: Check = {
  name: 'host names',
  run: async ({ name, configuration }) => {
    if (configuration instanceof ConfigurationError) {
      return [skipped('the domain is not known until the configuration is valid')]
    }
    const hosts = Object.values(hostsOf(name, configuration.domain))
    return judgeResolutions(await Promise.all(hosts.map(resolve)))
  },
}

/** Nothing of the stack itself needs the names, so the worst is a warning. Pure. */
export function judgeResolutions(resolutions: readonly Resolution[]): Judgement[] {
  const names = (some: readonly Resolution[]) => some.map(({ host }) => host)
  const unknown = resolutions.filter(({ addresses }) => addresses.length === 0)
  const elsewhere = resolutions.filter(({ addresses }) => addresses.some((address) => !isLoopback(address)))
  const judgements = elsewhere.map(({ host, addresses }) =>
    warning(
      `${host} leads to ${addresses.join(', ')}, which is not this machine's loopback: whoever opens it there does not reach the stack, and may give a password to somebody else`,
      `Correct the name service, add "127.0.0.1 ${host}" to /etc/hosts, or choose another domain in gatehouse.yaml`,
    ),
  )
  if (unknown.length > 0) {
    const listed = names(unknown).join(', ')
    // Browsers, curl and the gatehouse command know *.localhost by themselves (RFC 6761 section 6.3).
    const affected = unknown.every(({ host }) => host.endsWith('.localhost'))
      ? "clients that log in at the issuer's URL by themselves, such as kubelogin or your own applications, can't; browsers, curl, kubectl and gatehouse do not need it"
      : "browsers, gatehouse and every other client that logs in can't; kubectl does not need it"
    judgements.push(
      warning(
        `this machine's resolver does not know ${listed}: ${affected}`,
        `Add this line to /etc/hosts: 127.0.0.1 ${names(unknown).join(' ')}`,
      ),
    )
  }
  if (judgements.length > 0) return judgements
  return [ok(`${names(resolutions).join(', ')} lead to loopback`)]
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

/** As every program here asks (getaddrinfo), so that /etc/hosts and nsswitch count. */
async function resolve(host: string): Promise<Resolution> {
  try {
    const found = await lookup(host, { all: true })
    return { host, addresses: found.map(({ address }) => address) }
  } catch (cause) {
    // ENOTFOUND: there is no such name. EAI_AGAIN: nobody could be asked, which comes to the same here.
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { host, addresses: [] }
    throw cause
  }
}
