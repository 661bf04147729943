import { isIP, SocketAddress } from 'node:net'
import { PkiError } from './errors.ts'

export interface Subject {
  readonly commonName: string
  readonly organizations: readonly string[]
}

export interface AlternativeNames {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
}

export interface Lifetime {
  readonly notBefore: Date
  readonly notAfter: Date
}

const DAY_MS = 24 * 60 * 60 * 1000
/** Clocks of machines and containers differ a little. */
const BACKDATE_MS = 5 * 60 * 1000
/** Browsers refuse server certificates that live longer than 398 days; one day is left for how they count. */
const SERVER_DAYS = 396
const CLIENT_DAYS = 365
const AUTHORITY_DAYS = 3650

/** Pure, like everything here. */
export function authorityLifetime(now: Date): Lifetime {
  return lifetime(now, AUTHORITY_DAYS * DAY_MS)
}

/** Never longer than the authority's own, since nothing it signed is valid after that. */
export function serverLifetime(now: Date, authorityNotAfter: Date): Lifetime {
  return lifetime(now, SERVER_DAYS * DAY_MS, authorityNotAfter)
}

export function clientLifetime(now: Date, authorityNotAfter: Date, validForSeconds?: number): Lifetime {
  if (validForSeconds !== undefined && !(validForSeconds > 0 && Number.isFinite(validForSeconds))) {
    throw new PkiError('ERR_INVALID_REQUEST', `validForSeconds is ${validForSeconds}; give a positive number`)
  }
  return lifetime(
    now,
    validForSeconds === undefined ? CLIENT_DAYS * DAY_MS : validForSeconds * 1000,
    authorityNotAfter,
  )
}

function lifetime(now: Date, milliseconds: number, limit?: Date): Lifetime {
  const end = now.getTime() + milliseconds
  return {
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(limit ? Math.min(end, limit.getTime()) : end),
  }
}

/** Whether `now` is in the last third of a certificate's life, or outside of it. */
export function isDueForRenewal({ notBefore, notAfter }: Lifetime, now: Date): boolean {
  const life = notAfter.getTime() - notBefore.getTime()
  return now < notBefore || now.getTime() >= notAfter.getTime() - life / 3
}

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const DNS_NAME = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`)

/** Pure. */
export function isDnsName(name: string): boolean {
  return isIP(name) === 0 && DNS_NAME.test(name) && name.length <= 253
}

/**
 * The names in one canonical form, sorted, without doubles.
 *
 * @throws PkiError `ERR_INVALID_REQUEST` with every name that is none
 */
export function canonicalNames({ dnsNames, ipAddresses }: AlternativeNames): AlternativeNames {
  const problems: string[] = []
  const dns = dnsNames.map((name) => name.toLowerCase())
  for (const name of dns) {
    // A name that is an address is never compared with addresses (RFC 9525 section 6.3).
    if (isIP(name) !== 0) problems.push(`"${name}" is an IP address; give it in ipAddresses`)
    else if (!isDnsName(name)) problems.push(`"${name}" is not a DNS name`)
  }
  const ips = ipAddresses.flatMap((address) => {
    const version = isIP(address)
    if (version !== 0) return [canonicalAddress(address, version)]
    problems.push(`"${address}" is not an IP address`)
    return []
  })
  if (dns.length + ipAddresses.length === 0) {
    problems.push('a server certificate needs at least one DNS name or IP address')
  }
  if (problems.length > 0) throw new PkiError('ERR_INVALID_REQUEST', problems.join('; '))
  return { dnsNames: [...new Set(dns)].toSorted(), ipAddresses: [...new Set(ips)].toSorted() }
}

function canonicalAddress(address: string, version: number): string {
  return new SocketAddress({ address, family: version === 6 ? 'ipv6' : 'ipv4' }).address
}

/** @throws PkiError `ERR_INVALID_REQUEST` for what would leave the directory or overwrite the CA's own files */
export function checkFileName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new PkiError(
      'ERR_INVALID_REQUEST',
      `"${name}" can't be a file name here; use letters, digits, ".", "_" and "-"`,
    )
  }
  if (name.toLowerCase() === 'ca') {
    throw new PkiError(
      'ERR_INVALID_REQUEST',
      '"ca" is the name of the authority\'s own files; choose another',
    )
  }
}

/** @throws PkiError `ERR_INVALID_REQUEST` for an empty CN or O, which Kubernetes would take as nobody */
export function checkSubject({ commonName, organizations }: Subject): void {
  if (commonName === '' || organizations.includes('')) {
    throw new PkiError('ERR_INVALID_REQUEST', 'commonName and organizations must not be empty strings')
  }
}
