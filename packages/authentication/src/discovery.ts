import type { JSONWebKeySet } from 'jose'
import { AuthenticationError } from './errors.ts'
import { getJson } from './issuer-request.ts'
import type { IssuerSettings } from './issuer-settings.ts'

/**
 * Fetches the signing keys of an issuer: its discovery document (OpenID Connect Discovery 1.0, section 4),
 * then its `jwks_uri`. The document's `issuer` must equal the configured one, wherever it was dialled.
 *
 * @throws AuthenticationError `ERR_ISSUER_UNAVAILABLE`
 */
export async function fetchSigningKeys(issuer: IssuerSettings, signal: AbortSignal): Promise<JSONWebKeySet> {
  const { certificateAuthorityFile } = issuer
  const discoveryURL = issuer.discoveryURL ?? wellKnown(issuer.url)
  const document = await getJson(discoveryURL, { certificateAuthorityFile, signal })
  if (document['issuer'] !== issuer.url) {
    throw unusable(`${discoveryURL} speaks for another issuer than ${issuer.url}`)
  }
  const jwksUri = document['jwks_uri']
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri) || new URL(jwksUri).protocol !== 'https:') {
    throw unusable(`${discoveryURL} names no https jwks_uri`)
  }
  const { keys } = await getJson(jwksUri, { certificateAuthorityFile, signal })
  if (!Array.isArray(keys) || keys.some((key) => typeof key !== 'object' || key === null)) {
    throw unusable(`${jwksUri} holds no list of keys`)
  }
  return { keys }
}

/** Where the discovery document of an issuer is, as go-oidc and so the API server build it. */
export function wellKnown(issuerUrl: string): string {
  return `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`
}

function unusable(message: string): AuthenticationError {
  return new AuthenticationError('ERR_ISSUER_UNAVAILABLE', message)
}
