import { createHash } from 'node:crypto'

/**
 * The user id that a service of `type` could have for somebody: of the same shape as there, and always the
 * same for the same email. Pure.
 */
export function simulatedUserID(type: string, email: string): string {
  const hash = createHash('sha256').update(`${type}\0${email}`).digest()
  switch (type) {
    case 'github':
      return String(hash.readUInt32BE(0))
    case 'google':
      return `1${hash.readBigUInt64BE(0).toString().padStart(20, '0').slice(0, 20)}`
    case 'microsoft':
      return asUUID(hash)
    case 'ldap':
      return `uid=${email.slice(0, email.indexOf('@'))},ou=people,dc=example,dc=org`
    default:
      return email
  }
}

/** The shape of an object id of Entra ID (RFC 9562, version 8: of our own making). */
function asUUID(hash: Buffer): string {
  const hex = hash.toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
