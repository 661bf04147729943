import { generateKeyPairSync } from 'node:crypto'
import type { Logger } from '@gatehouse/server'
import {
  type Configuration,
  errors,
  interactionPolicy,
  type JWK,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider'
import { allScopes, parseScopes, scopeProblem } from '../claims/scopes.ts'
import { availableGrantTypes } from '../config/oauth2.ts'
import type { StaticClient } from '../config/static-clients.ts'
import type { DexConfig } from '../config/dex-config.ts'
import { STYLESHEET_PATH } from '../http/respond.ts'
import type { Storage } from '../storage/storage.ts'
import type { IssuerClock } from '../time/clock.ts'
import { createAdapterFactory } from './adapter.ts'
import { RESPONSE_MODE } from './authorization-parameters.ts'
import { lifetimes } from './lifetimes.ts'
import { PROVIDER_ROUTES } from './forward.ts'
import { isRedirectURIAllowed } from './redirect-uris.ts'
import { keepOwnHeaders, renderError } from './responses.ts'
import { responseTypeProblem } from './response-types.ts'
import { createSendToClient } from './send-to-client.ts'
import type { LoadAccount } from './accounts.ts'
import { type MintTokens, mintTokens } from './token-response.ts'

export interface ProviderOptions {
  readonly config: DexConfig
  readonly clients: ReadonlyMap<string, StaticClient>
  readonly storage: Storage
  readonly clock: IssuerClock
  readonly loadAccount: LoadAccount
  readonly mint: MintTokens
  /** Where the browser goes on after an authorization request was found good. */
  readonly loginURL: (connectorID: string, requestID: string, byUserTile: boolean) => string
  readonly logger: Logger
}

/** oidc-provider wants an algorithm and a key for ID tokens; ours take their place (token-response.ts). */
const INTERNAL_ALGORITHM = 'ES256' as const

/**
 * oidc-provider, set up to check authorization requests, client authentication, codes, PKCE and refresh
 * tokens as Dex does. Keys, tokens, claims, discovery and userinfo are not its matter here.
 */
export function createProvider(options: ProviderOptions): Provider {
  const { config, clients, storage, clock, logger } = options
  const provider = new Provider(config.issuer, configuration(options))
  const basePath = new URL(config.issuer).pathname.replace(/\/$/, '')
  const grantTypes = availableGrantTypes(config.oauth2)
  provider.Client.prototype.grantTypeAllowed = (type) => grantTypes.includes(type)
  // The ID token that it would sign is never seen, since ours takes its place: a signature for nothing.
  provider.IdToken.prototype.issue = async () => 'replaced'
  provider.Client.prototype.redirectUriAllowed = function redirectUriAllowed(uri) {
    const client = clients.get(this.clientId)
    return client !== undefined && isRedirectURIAllowed(client, uri, basePath)
  }
  const stylesheet = basePath + STYLESHEET_PATH
  const sendToClient = createSendToClient({ provider, storage, mint: options.mint, stylesheet })
  provider.registerResponseMode(RESPONSE_MODE, sendToClient)
  provider.use(keepOwnHeaders)
  provider.use(mintTokens(options.mint, storage, config.expiry, clock))
  provider.on('server_error', (_, error) => logger.error({ err: error }, 'oidc-provider failed'))
  const refused = (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) => {
    const { client, route } = ctx.oidc
    logger.info(
      { clientID: client?.clientId, route, error: error.message, reason: error.error_detail },
      'refused',
    )
  }
  provider.on('authorization.error', refused)
  provider.on('grant.error', refused)
  return provider
}

function configuration(options: ProviderOptions): Configuration {
  const { config, clients, storage, clock, loadAccount, loginURL } = options
  const { refreshTokens } = config.expiry
  const off = { enabled: false }
  return {
    adapter: createAdapterFactory(storage, { reuseInterval: refreshTokens.reuseInterval ?? 0, clock }),
    clients: Array.from(clients.values(), metadata),
    jwks: { keys: [internalKey()] },
    routes: PROVIDER_ROUTES,
    scopes: allScopes(clients.values()),
    claims: { openid: ['sub'] },
    responseTypes: ['code'],
    conformIdTokenClaims: false,
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: () => false },
    cookies: {
      short: { signed: false, secure: false, httpOnly: true },
      long: { signed: false, secure: false, httpOnly: true },
    },
    features: {
      devInteractions: off,
      userinfo: off,
      rpInitiatedLogout: off,
      resourceIndicators: off,
      pushedAuthorizationRequests: off,
      dPoP: off,
    },
    ttl: lifetimes(config.expiry),
    expiresWithSession: () => false,
    rotateRefreshToken: () => !refreshTokens.disableRotation,
    issueRefreshToken: (_, client, code) => {
      return client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access')
    },
    findAccount: (_, accountId, token) => loadAccount(accountId, token),
    interactions: {
      policy: everyRequestAsks(),
      url: (_, { uid, params }) =>
        loginURL(String(params['connector_id']), uid, typeof params['user_tile'] === 'string'),
    },
    extraParams: {
      browser: null,
      approval_prompt: null,
      connector_id: null,
      user_tile: null,
      asked_response_type: (ctx, asked) => {
        const { responseTypes } = config.oauth2
        const problem = responseTypeProblem(String(asked), responseTypes, ctx.oidc.params?.['nonce'])
        if (problem) throw new errors.CustomOIDCProviderError(problem.error, problem.description)
      },
      asked_scope: (_, asked, client) => {
        const problem = scopeProblem(parseScopes(asked), client.clientId, clients)
        if (problem) throw new errors.InvalidScope(problem, '')
      },
    },
    renderError: renderError(config),
  }
}

/** Dex has no sessions: every authorization request begins with a login and is approved for itself. */
function everyRequestAsks(): interactionPolicy.Prompt[] {
  const { Check, Prompt } = interactionPolicy
  const login = new Check('login_is_due', 'the user has not logged in', 'login_required', (ctx) => {
    return ctx.oidc.result?.login === undefined
  })
  return [
    new Prompt({ name: 'login', requestable: true }, login),
    new Prompt({ name: 'consent', requestable: true }),
  ]
}

/** A client of Dex in the words of oidc-provider. */
function metadata(client: StaticClient) {
  return {
    client_id: client.id,
    client_name: client.name,
    ...(client.secret === '' ? {} : { client_secret: client.secret }),
    // Dex takes the secret either way, and so does oidc-provider for client_secret_basic.
    token_endpoint_auth_method: client.secret === '' ? ('none' as const) : ('client_secret_basic' as const),
    // What the token endpoint takes is ours to say: grantTypeAllowed.
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code' as const],
    // Must be there, and is never asked for: redirectUriAllowed is ours.
    redirect_uris: ['https://redirect.invalid/'],
    id_token_signed_response_alg: INTERNAL_ALGORITHM,
  }
}

function internalKey(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), kid: 'internal', alg: INTERNAL_ALGORITHM }
}
