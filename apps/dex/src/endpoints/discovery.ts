import { PUBLISHED_SCOPES } from '../claims/scopes.ts'
import type { DexConfig } from '../config/dex-config.ts'
import { availableGrantTypes } from '../config/oauth2.ts'
import type { Exchange } from '../http/exchange.ts'
import { sendJson } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import { SIGNING_ALGORITHM } from '../keys/key-ring.ts'

/**
 * Dex's discovery document. `issuer` is always the same; the endpoints stand below `base`, where the one
 * who asks has reached us. Pure.
 */
function discoveryDocument(config: Pick<DexConfig, 'issuer' | 'oauth2'>, base: string) {
  return {
    issuer: config.issuer,
    authorization_endpoint: `${base}/auth`,
    token_endpoint: `${base}/token`,
    jwks_uri: `${base}/keys`,
    userinfo_endpoint: `${base}/userinfo`,
    device_authorization_endpoint: `${base}/device/code`,
    introspection_endpoint: `${base}/token/introspect`,
    // The mock's own: Dex 2.45 knows no logout.
    end_session_endpoint: `${base}/logout`,
    grant_types_supported: availableGrantTypes(config.oauth2),
    response_types_supported: [...config.oauth2.responseTypes].toSorted(),
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [SIGNING_ALGORITHM],
    code_challenge_methods_supported: ['S256', 'plain'],
    scopes_supported: [...PUBLISHED_SCOPES],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    claims_supported: [
      'iss',
      'sub',
      'aud',
      'iat',
      'exp',
      'email',
      'email_verified',
      'locale',
      'name',
      'preferred_username',
      'at_hash',
    ],
  }
}

export function discoveryRoute(config: DexConfig): Route {
  const answer = async (exchange: Exchange) => {
    sendJson(exchange, 200, discoveryDocument(config, exchange.origin + exchange.basePath))
  }
  return {
    name: 'discovery',
    path: '/.well-known/openid-configuration',
    cors: true,
    methods: { GET: answer },
  }
}
