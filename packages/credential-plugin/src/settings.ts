import { isIP } from 'node:net'
import { CredentialPluginError } from './errors.ts'

/** Whose tokens are wanted, and how they are got. */
export interface LoginSettings {
  /** https URL, equal to the `iss` of its tokens. */
  readonly issuer: string
  readonly clientId: string
  /** Absent for a public client, which has PKCE alone. */
  readonly clientSecret?: string | undefined
  /** Asked for beside `openid`; without `offline_access` most issuers give nothing to refresh with. */
  readonly extraScopes: readonly string[]
  /** `host:port` to dial for the issuer; TLS is still checked by the issuer's name. */
  readonly address?: string | undefined
  /** PEM of the authorities of the issuer's certificate; the system's when absent. */
  readonly caPem?: string | undefined
  /** Only a token of this person will do. */
  readonly username?: string | undefined
  /** The claim that says who the person is. */
  readonly usernameClaim: string
  /** `http://127.0.0.1/callback` with a free port when absent; for clients whose URI is registered with its port. */
  readonly redirectUri?: string | undefined
}

/** Refuses settings that can't work or are not safe, all at once. @throws CredentialPluginError `ERR_INVALID_SETTINGS` */
export function checkSettings(settings: LoginSettings): void {
  const problems = [
    ...problemsOfIssuer(settings),
    ...(settings.clientId === '' ? ['the client id is empty'] : []),
    ...problemsOfRedirectUri(settings.redirectUri),
  ]
  if (problems.length > 0) throw new CredentialPluginError('ERR_INVALID_SETTINGS', problems.join('; '))
}

function problemsOfIssuer({ issuer, address }: LoginSettings): string[] {
  const url = URL.parse(issuer)
  if (url?.protocol !== 'https:') {
    return [`the issuer "${issuer}" is not an https URL, so its tokens could be read on the way`]
  }
  if (address === undefined) return []
  const dialled = URL.parse(`https://${address}`)
  if (!dialled || dialled.pathname !== '/' || dialled.username || dialled.search || dialled.hash) {
    return [`the address "${address}" is not host:port`]
  }
  return isIP(url.hostname.replace(/^\[|\]$/g, ''))
    ? ['an issuer that is named by an IP address is dialled there; leave the address out']
    : []
}

/** Another program on another machine must not get the code (RFC 8252 section 7.3). */
function problemsOfRedirectUri(redirectUri: string | undefined): string[] {
  if (redirectUri === undefined) return []
  const url = URL.parse(redirectUri)
  const isLoopback = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  const isPlain = url?.protocol === 'http:' && !url.search && !url.hash && !url.username
  // The issuer compares characters, and openid-client writes the URI as browsers do: "/" for an empty path.
  if (isLoopback && isPlain && url.href === redirectUri) return []
  return [
    `the redirect URI "${redirectUri}" is not a plain http URL of 127.0.0.1, [::1] or localhost with a path`,
  ]
}
