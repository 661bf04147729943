import * as openid from 'openid-client'
import type { Identity } from '../../claims/identity.ts'
import type { OidcConnectorSettings } from '../../config/oidc-connector.ts'
import { DexError } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import type { IssuerClock } from '../../time/clock.ts'
import type { CallbackConnector, UpstreamLogin } from '../connector.ts'
import type { Claims } from './claims.ts'
import { identityFromClaims } from './identity-from-claims.ts'
import { discoverUpstream, type Upstream } from './upstream-configuration.ts'

export interface OidcConnectorOptions {
  readonly id: string
  readonly name: string
  readonly settings: OidcConnectorSettings
  readonly storage: Storage
  readonly clock: IssuerClock
}

/** What only we and, as hashes, the upstream issuer know of a login that is under way. */
interface PendingLogin {
  readonly connectorID: string
  readonly nonce: string
  readonly verifier: string | undefined
}

const KIND = 'UpstreamLogin'
/** How long a login at the upstream issuer may take, in seconds. */
const LOGIN_LIFETIME = 3600

/**
 * Dex's `oidc` connector: another OpenID Connect issuer says who the user is. It is asked about itself at
 * the first login, so that Dex starts without it.
 */
export function createOidcConnector(options: OidcConnectorOptions): CallbackConnector {
  const { id, name, settings, storage, clock } = options
  let discovered: Promise<Upstream> | undefined
  const upstream = async (): Promise<openid.Configuration> => {
    discovered ??= discoverUpstream(settings).catch((error: unknown) => {
      // The next login tries again.
      discovered = undefined
      throw error
    })
    return (await discovered).configuration
  }

  const readClaims = async (
    configuration: openid.Configuration,
    tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers,
    former?: Claims,
  ): Promise<Claims> => {
    const claims: Claims = tokens.claims() ?? former ?? {}
    if (!settings.getUserInfo) return claims
    return {
      ...claims,
      ...(await openid.fetchUserInfo(configuration, tokens.access_token, String(claims['sub']))),
    }
  }

  const loginURL = async ({ state, offline }: UpstreamLogin): Promise<string> => {
    const configuration = await upstream()
    const nonce = openid.randomNonce()
    const verifier = usesPKCE(configuration, settings) ? openid.randomPKCECodeVerifier() : undefined
    const value: PendingLogin = { connectorID: id, nonce, verifier }
    await storage.put(KIND, state, { value, expiresAt: clock.seconds() + LOGIN_LIFETIME })
    const { hostedDomains, acrValues, promptType } = settings
    return openid.buildAuthorizationUrl(configuration, {
      redirect_uri: settings.redirectURI,
      scope: ['openid', ...settings.scopes.filter((scope) => scope !== 'openid')].join(' '),
      state,
      nonce,
      ...(verifier === undefined ? {} : await challengeOf(verifier, settings)),
      ...(hostedDomains.length > 0 ? { hd: hostedDomains.length > 1 ? '*' : hostedDomains[0]! } : {}),
      ...(acrValues.length > 0 ? { acr_values: acrValues.join(' ') } : {}),
      ...(offline ? { access_type: 'offline', prompt: promptType } : {}),
    }).href
  }

  const handleCallback = async (query: URLSearchParams, state: string): Promise<Identity> => {
    const pending = (await storage.get<PendingLogin>(KIND, state))?.value
    // Only the first who comes back with a state is answered.
    await storage.delete(KIND, state)
    if (pending?.connectorID !== id) {
      throw new DexError('ERR_UPSTREAM_DENIED', 'there is no login under way at the upstream issuer')
    }
    const configuration = await upstream()
    const current = new URL(settings.redirectURI)
    current.search = query.toString()
    const tokens = await openid.authorizationCodeGrant(configuration, current, {
      expectedState: state,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
      ...(pending.verifier === undefined ? {} : { pkceCodeVerifier: pending.verifier }),
    })
    const identity = identityFromClaims(await readClaims(configuration, tokens), settings)
    return { ...identity, connectorData: tokens.refresh_token }
  }

  const refresh = async (identity: Identity): Promise<Identity | undefined> => {
    // Without a refresh token there is nobody to ask; Dex believes what it heard before.
    if (identity.connectorData === undefined) return identity
    const configuration = await upstream()
    const tokens = await openid.refreshTokenGrant(configuration, identity.connectorData)
    const connectorData = tokens.refresh_token ?? identity.connectorData
    // An issuer need not send an ID token again (OpenID Connect Core section 12.2).
    if (tokens.claims() === undefined && !settings.getUserInfo) return { ...identity, connectorData }
    const claims = await readClaims(configuration, tokens, { sub: identity.userID })
    const fresh = identityFromClaims(claims, settings)
    return fresh.userID === identity.userID ? { ...fresh, connectorData } : undefined
  }

  return {
    kind: 'callback',
    type: 'oidc',
    id,
    name,
    loginURL: (login) => loginURL(login).catch(explain),
    handleCallback: (query, state) => handleCallback(query, state).catch(explain),
    refresh: (identity) =>
      refresh(identity).catch((error: unknown) => (isRefusal(error) ? undefined : explain(error))),
    async close() {
      await (await discovered?.catch(() => undefined))?.close()
    },
  }
}

function usesPKCE(configuration: openid.Configuration, { pkceChallenge }: OidcConnectorSettings): boolean {
  return pkceChallenge !== '' || configuration.serverMetadata().supportsPKCE('S256')
}

async function challengeOf(verifier: string, { pkceChallenge }: OidcConnectorSettings) {
  if (pkceChallenge === 'plain') return { code_challenge: verifier, code_challenge_method: 'plain' }
  return {
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }
}

/** The refresh token is good no more, or the user is let in no more: gone, as far as we know. */
function isRefusal(error: unknown): boolean {
  if (error instanceof DexError) return error.code === 'ERR_NOT_ALLOWED'
  return error instanceof openid.ResponseBodyError && error.error === 'invalid_grant'
}

function explain(cause: unknown): never {
  if (cause instanceof DexError) throw cause
  const isDenied = cause instanceof openid.AuthorizationResponseError
  const { message } = cause as Error
  throw isDenied
    ? new DexError('ERR_UPSTREAM_DENIED', `the upstream issuer did not log the user in: ${cause.error}`, {
        cause,
      })
    : new DexError('ERR_UPSTREAM', `the upstream issuer's answer can't be used: ${message}`, { cause })
}
