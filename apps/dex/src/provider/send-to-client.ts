import type { KoaContextWithOIDC, Provider, UnknownObject } from 'oidc-provider'
import type { Storage } from '../storage/storage.ts'
import type { Login } from './accounts.ts'
import { onwardPage } from '../pages/onward.ts'
import { page } from '../pages/page.ts'
import { IDENTITY_KIND } from './adapter.ts'
import { AFTER_FORM_HEADER } from './forward.ts'
import { withFragment, withParameters } from './redirect-uris.ts'
import { isImplicitOrHybrid, responseTypes } from './response-types.ts'
import type { MintTokens } from './token-response.ts'

/** The parameters of Dex's answers; oidc-provider would add `iss` and others. */
const ANSWERED = ['code', 'state', 'error', 'error_description'] as const

export interface SendToClientOptions {
  readonly provider: Provider
  readonly storage: Storage
  readonly mint: MintTokens
  /** Where the style sheet of pages is. */
  readonly stylesheet: string
}

/**
 * Sends the browser back to the client: with a code or an error in the query, or with tokens in the fragment
 * where the client asked for them, as Dex does.
 *
 * @see Dex, server/handlers.go, sendCodeResponse
 */
export function createSendToClient({ provider, storage, mint, stylesheet }: SendToClientOptions) {
  return async (ctx: KoaContextWithOIDC, redirectURI: string, payload: UnknownObject): Promise<void> => {
    const answer = Object.fromEntries(
      ANSWERED.flatMap((name) => {
        const value = payload[name]
        return typeof value === 'string' ? [[name, value]] : []
      }),
    )
    const types = responseTypes(ctx.oidc.params?.['asked_response_type'])
    const hasTokens = answer['code'] !== undefined && isImplicitOrHybrid(types)
    const location = hasTokens
      ? withFragment(redirectURI, await tokensFor(answer, types))
      : withParameters(redirectURI, answer)
    if (ctx.get(AFTER_FORM_HEADER) && /^https?:/.test(location)) leaveByPage(ctx, location)
    else {
      ctx.set('Location', location)
      ctx.body = ''
      ctx.status = 303
    }
  }

  /**
   * Browsers hold the `form-action` of a form's page against all redirects that follow, and where the client
   * goes on to nobody knows. A page that leads there ends their chain.
   */
  function leaveByPage(ctx: KoaContextWithOIDC, location: string): void {
    ctx.set('Refresh', `0; url=${location}`)
    ctx.type = 'text/html; charset=utf-8'
    ctx.body = page({ title: 'Logged in', body: onwardPage(location), stylesheet }).toString()
    ctx.status = 200
  }

  async function tokensFor(
    { code = '', state }: Record<string, string>,
    types: readonly string[],
  ): Promise<Record<string, string>> {
    const issued = await provider.AuthorizationCode.find(code)
    const { grantId = '', clientId: clientID, scopes, nonce } = issued ?? {}
    const login = (await storage.get<Login>(IDENTITY_KIND, grantId))?.value
    if (!issued || !login || !clientID || !scopes) throw new Error('a code has no login')
    const isHybrid = types.includes('code')
    const { accessToken, idToken, expiresIn } = await mint({
      clientID,
      login,
      scopes: [...scopes],
      nonce,
      ...(isHybrid ? { code } : {}),
    })
    // Nobody gets to know of it.
    if (!isHybrid) await issued.destroy()
    return {
      access_token: accessToken,
      token_type: 'bearer',
      ...(state === undefined ? {} : { state }),
      ...(types.includes('id_token') ? { id_token: idToken } : {}),
      ...(isHybrid ? { code } : { expires_in: String(expiresIn) }),
    }
  }
}
