import * as openid from 'openid-client'
import { printable } from '@gatehouse/server/printable'
import { CredentialPluginError } from './errors.ts'
import { type Issuer, loginError } from './issuer.ts'
import { type Tokens, tokensOf } from './tokens.ts'

/**
 * Logs in with a browser on any machine (device authorization grant, RFC 8628). `say` gets what the person
 * has to do.
 *
 * @throws CredentialPluginError `ERR_LOGIN_FAILED`, `ERR_WRONG_PERSON`; the signal's reason
 */
export async function loginByDevice(
  { configuration, settings, scope }: Issuer,
  { say, signal }: { say: (sentence: string) => void; signal: AbortSignal },
): Promise<Tokens> {
  if (!configuration.serverMetadata().device_authorization_endpoint) {
    throw new CredentialPluginError(
      'ERR_LOGIN_FAILED',
      `${settings.issuer} does not offer the device flow; log in another way`,
    )
  }
  try {
    const begun = await openid.initiateDeviceAuthorization(configuration, { scope })
    const address = begun.verification_uri_complete ?? begun.verification_uri
    say(printable(`To log in, open ${address} in a browser. The code is ${begun.user_code}.`))
    const answer = await openid.pollDeviceAuthorizationGrant(configuration, begun, undefined, { signal })
    return tokensOf(answer, settings)
  } catch (cause) {
    throw loginError(cause, settings, signal)
  }
}
