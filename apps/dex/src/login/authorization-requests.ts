import type { Provider } from 'oidc-provider'
import { parseScopes } from '../claims/scopes.ts'
import { encodeSubject } from '../claims/subject.ts'
import type { StaticClient } from '../config/static-clients.ts'
import { browserFingerprint, equalInConstantTime } from '../http/browser-cookie.ts'
import type { Exchange } from '../http/exchange.ts'
import { RequestError } from '../http/request-error.ts'
import type { Login } from '../provider/accounts.ts'
import { clientParameters } from '../provider/authorization-parameters.ts'
import { type Forward, PROVIDER_ROUTES } from '../provider/forward.ts'
import type { SaveGrant } from '../provider/save-grant.ts'

/** An authorization request that was found good and waits for its user. */
export interface AuthorizationRequest {
  readonly id: string
  readonly connectorID: string
  readonly client: StaticClient
  readonly redirectURI: string
  /** Fingerprint of the browser that may go on. */
  readonly browser: string
  readonly scopes: readonly string[]
  /** `approval_prompt=force`: the approval page is shown even where it is skipped. */
  readonly forceApproval: boolean
  /** The client's own parameters, to choose another connector. */
  readonly parameters: URLSearchParams
  /** The e-mail of the user whose tile was clicked. */
  readonly userTile: string | undefined
  /** Who has logged in meanwhile. */
  readonly login: Login | undefined
}

/** The life of authorization requests between the endpoint and the code. */
export interface AuthorizationRequests {
  /** Undefined when there is none, it has expired or was answered, or another browser began it. */
  readonly find: (id: string, browserSecret: string | undefined) => Promise<AuthorizationRequest | undefined>
  /** Writes down who logged in. */
  readonly authenticated: (request: AuthorizationRequest, login: Login) => Promise<AuthorizationRequest>
  /** Answers with a code: the user has logged in and approved. Exactly once; a second time is an error page. */
  readonly approve: (exchange: Exchange, request: AuthorizationRequest) => Promise<void>
  /** Answers with `access_denied`. */
  readonly deny: (exchange: Exchange, request: AuthorizationRequest, why: string) => Promise<void>
}

export interface AuthorizationRequestsOptions {
  readonly clients: ReadonlyMap<string, StaticClient>
  readonly saveGrant: SaveGrant
  readonly provider: Provider
  readonly forward: Forward
}

type Interaction = InstanceType<Provider['Interaction']>

export function createAuthorizationRequests(options: AuthorizationRequestsOptions): AuthorizationRequests {
  const { clients, saveGrant, provider, forward } = options

  const load = async (id: string): Promise<Interaction> => {
    const interaction = await provider.Interaction.find(id)
    if (!interaction) throw new RequestError(400, 'This login has expired or was used already.')
    return interaction
  }
  const save = async (id: string, result: NonNullable<Interaction['result']>) => {
    const interaction = await load(id)
    interaction.result = result
    await interaction.persist()
  }
  /** oidc-provider knows by a cookie which request goes on; it gets one that no browser ever had. */
  const resume = (exchange: Exchange, id: string) =>
    forward(exchange, {
      method: 'GET',
      url: `${PROVIDER_ROUTES.authorization}/${encodeURIComponent(id)}`,
      headers: { accept: 'text/html', cookie: `${provider.cookieName('resume')}=${id}` },
    })

  return {
    async find(id, browserSecret) {
      if (!browserSecret || !/^[\w-]+$/.test(id)) return undefined
      const interaction = await provider.Interaction.find(id)
      const { params, result } = interaction ?? {}
      const client = clients.get(String(params?.['client_id']))
      if (!params || !client) return undefined
      if (!equalInConstantTime(String(params['browser']), browserFingerprint(browserSecret))) return undefined
      return {
        id,
        client,
        connectorID: String(params['connector_id']),
        redirectURI: String(params['redirect_uri']),
        browser: String(params['browser']),
        scopes: parseScopes(String(params['scope'])),
        forceApproval: params['approval_prompt'] === 'force',
        parameters: clientParameters(params),
        userTile: typeof params['user_tile'] === 'string' ? params['user_tile'] : undefined,
        login: result?.['dex'] as Login | undefined,
      }
    },

    async authenticated(request, login) {
      const accountId = encodeSubject(login.identity.userID, login.connectorID)
      await save(request.id, { login: { accountId, remember: false }, dex: login })
      return { ...request, login }
    },

    async approve(exchange, request) {
      const { client, login, scopes } = request
      if (!login) throw new Error('nobody has logged in for this authorization request')
      const accountId = encodeSubject(login.identity.userID, login.connectorID)
      const grantId = await saveGrant({ clientID: client.id, login, scopes })
      await save(request.id, { login: { accountId, remember: false }, consent: { grantId } })
      await resume(exchange, request.id)
    },

    async deny(exchange, request, why) {
      await save(request.id, { error: 'access_denied', error_description: why })
      await resume(exchange, request.id)
    },
  }
}
