import * as openid from 'openid-client'
import { discover, reasonOf } from './discover.ts'
import { AuthenticationError } from './errors.ts'
import { connectToIssuer } from './issuer-connection.ts'

export interface PasswordGrantOptions {
  readonly issuer: string
  readonly clientId: string
  /** Absent for a public client. */
  readonly clientSecret?: string | undefined
  /** PEM of the authorities of the issuer's certificate; the system's when absent. */
  readonly caPem?: string | undefined
  readonly username: string
  readonly password: string
  readonly scopes: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Trades a name and a password for an ID token (resource owner password credentials grant, RFC 6749 section 4.3),
 * at issuers that still allow it.
 *
 * @throws AuthenticationError `ERR_LOGIN_FAILED`, `ERR_ISSUER_UNAVAILABLE`; the signal's reason
 */
export async function passwordGrant(options: PasswordGrantOptions): Promise<string> {
  const { issuer, caPem, username, password, scopes, signal } = options
  await using connection = connectToIssuer({ issuer, caPem, signal })
  try {
    const configuration = await discover(options, connection)
    // Who says nothing about grants may still have this one.
    const { grant_types_supported: grants } = configuration.serverMetadata()
    if (grants && !grants.includes('password')) {
      const message = `${issuer} does not offer the password grant, only ${grants.join(', ')}; log in another way`
      throw new AuthenticationError('ERR_LOGIN_FAILED', message)
    }
    const parameters = { username, password, scope: scopes.join(' ') }
    const tokens = await openid.genericGrantRequest(configuration, 'password', parameters)
    if (tokens.id_token !== undefined) return tokens.id_token
    throw new AuthenticationError('ERR_LOGIN_FAILED', `${issuer} sent no ID token`)
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof AuthenticationError) throw cause
    // What went wrong on the way to the issuer is inside of what openid-client makes of it.
    const { cause: root } = cause as Error
    if (root instanceof AuthenticationError) throw root
    const message = `the login of ${username} at ${issuer} failed: ${reasonOf(cause)}`
    throw new AuthenticationError('ERR_LOGIN_FAILED', message, { cause })
  }
}
