import { BlockList, isIP } from 'node:net'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  NameConstraints,
} from '@peculiar/asn1-x509'
import { PkiError } from './errors.ts'
import { type AlternativeNames, isDnsName } from './request.ts'
import { Extension, X509Certificate } from './x509.ts'

/** What an authority may sign for. */
export interface PermittedNames {
  /** DNS names, each with everything below it. */
  readonly dnsNames: readonly string[]
  /** Ranges of addresses: `127.0.0.0/8`. */
  readonly ipRanges: readonly string[]
}

/**
 * The extension that says so (RFC 5280 section 4.2.1.10), critical. A kind of name that it did not mention would
 * be free, so both must be given.
 *
 * @throws PkiError `ERR_INVALID_REQUEST`
 */
export function nameConstraintsExtension({ dnsNames, ipRanges }: PermittedNames): Extension {
  const wrong = [
    ...dnsNames.filter((name) => !isDnsName(name) || name.startsWith('*')),
    ...ipRanges.filter((range) => !isRange(range)),
  ]
  if (wrong.length > 0 || dnsNames.length === 0 || ipRanges.length === 0) {
    const what = wrong.length > 0 ? `these are neither: ${wrong.join(', ')}` : 'one of them is missing'
    throw new PkiError(
      'ERR_INVALID_REQUEST',
      `an authority is permitted DNS names and ranges of addresses such as 127.0.0.0/8; ${what}`,
    )
  }
  const bases = [
    ...dnsNames.map((dNSName) => new GeneralName({ dNSName })),
    ...ipRanges.map((iPAddress) => new GeneralName({ iPAddress })),
  ]
  const permittedSubtrees = new GeneralSubtrees(bases.map((base) => new GeneralSubtree({ base })))
  const value = AsnConvert.serialize(new NameConstraints({ permittedSubtrees }))
  return new Extension(id_ce_nameConstraints, true, value)
}

/** What the authority with this certificate may sign for; undefined where it may for everything. */
function permittedNamesOf(authorityPem: string): PermittedNames | undefined {
  const extension = new X509Certificate(authorityPem).getExtension(id_ce_nameConstraints)
  if (!extension) return undefined
  const { permittedSubtrees = [] } = AsnConvert.parse(extension.value, NameConstraints)
  const bases = Array.from(permittedSubtrees, ({ base }) => base)
  return {
    dnsNames: bases.flatMap(({ dNSName }) => dNSName ?? []),
    ipRanges: bases.flatMap(({ iPAddress }) => iPAddress ?? []),
  }
}

/** Whether the authority is restricted, and may sign for what is wanted all the same. */
export function isRestrictedTo(authorityPem: string, wanted: PermittedNames): boolean {
  const has = permittedNamesOf(authorityPem)
  if (!has) return false
  return (
    wanted.dnsNames.every((name) => has.dnsNames.includes(name)) &&
    wanted.ipRanges.every((range) => has.ipRanges.includes(range))
  )
}

/** @throws PkiError `ERR_INVALID_REQUEST` with every name that clients would refuse of this authority */
export function checkPermitted(authorityPem: string, { dnsNames, ipAddresses }: AlternativeNames): void {
  const permitted = permittedNamesOf(authorityPem)
  if (!permitted) return
  const ranges = new BlockList()
  for (const range of permitted.ipRanges) {
    const [address = '', prefix] = range.split('/')
    ranges.addSubnet(address, Number(prefix), familyOf(address))
  }
  const outside = [
    ...dnsNames.filter(
      (name) => !permitted.dnsNames.some((base) => name === base || name.endsWith(`.${base}`)),
    ),
    ...ipAddresses.filter((address) => !ranges.check(address, familyOf(address))),
  ]
  if (outside.length === 0) return
  throw new PkiError(
    'ERR_INVALID_REQUEST',
    `the authority may not sign for ${outside.join(', ')}, but only for ` +
      [...permitted.dnsNames, ...permitted.ipRanges].join(', '),
  )
}

function isRange(range: string): boolean {
  const [, address = '', prefix] = /^([^/]+)\/(\d{1,3})$/.exec(range) ?? []
  const version = isIP(address)
  return version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128)
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
