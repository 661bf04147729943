import { AuthenticationError } from '@gatehouse/authentication'
import { connectToIssuer } from '@gatehouse/authentication/connection'
import { discover, reasonOf } from '@gatehouse/authentication/discover'
import type { Configuration } from 'openid-client'
import { CredentialPluginError } from './errors.ts'
import type { LoginSettings } from './settings.ts'

/** An issuer that has said what it can do. */
export interface Issuer extends AsyncDisposable {
  readonly configuration: Configuration
  readonly settings: LoginSettings
  /** All scopes to ask for, as one parameter. */
  readonly scope: string
}

/**
 * Asks the issuer about itself (OpenID Connect Discovery 1.0).
 *
 * @throws CredentialPluginError `ERR_LOGIN_FAILED`; the signal's reason
 */
export async function openIssuer(settings: LoginSettings, signal: AbortSignal): Promise<Issuer> {
  const { issuer, address, caPem, extraScopes } = settings
  const connection = connectToIssuer({ issuer, address, caPem, signal })
  try {
    const configuration = await discover(settings, connection)
    return {
      configuration,
      settings,
      scope: [...new Set(['openid', ...extraScopes])].join(' '),
      [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
    }
  } catch (cause) {
    await connection[Symbol.asyncDispose]()
    throw loginError(cause, settings, signal)
  }
}

/** An error of a library as a sentence for the person who logs in; ours stay as they are. */
export function loginError(cause: unknown, { issuer }: LoginSettings, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  if (cause instanceof CredentialPluginError) return cause
  const { cause: root } = cause as Error
  if (root instanceof AuthenticationError)
    return new CredentialPluginError('ERR_LOGIN_FAILED', root.message, { cause })
  return new CredentialPluginError('ERR_LOGIN_FAILED', `the login at ${issuer} failed: ${reasonOf(cause)}`, {
    cause,
  })
}
