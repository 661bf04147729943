import type { StaticClient } from '../config/static-clients.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { RequestError } from '../http/request-error.ts'
import { sendOAuthError } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import { basicCredentials } from '../provider/authenticate-client.ts'
import { type Forward, PROVIDER_ROUTES } from '../provider/forward.ts'

/** `/token`: what `grantTypes` names becomes tokens. */
export function tokenRoute(
  clients: ReadonlyMap<string, StaticClient>,
  grantTypes: readonly string[],
  forward: Forward,
): Route {
  const exchangeForTokens = async (exchange: Exchange) => {
    const form = await readForm(exchange.request).catch((error: unknown) => {
      if (!(error instanceof RequestError)) throw error
      sendOAuthError(exchange, error.status, 'invalid_request', error.message)
      return undefined
    })
    if (!form) return undefined
    const grantType = form.get('grant_type')
    if (grantType && !grantTypes.includes(grantType)) {
      return sendOAuthError(exchange, 400, 'unsupported_grant_type', 'unsupported grant_type requested')
    }
    const { authorization } = exchange.request.headers
    const publicClient = authorization ? publicClientWithoutSecret(authorization, clients) : undefined
    if (publicClient && !form.has('client_id')) form.set('client_id', publicClient)
    exchange.response.setHeader('Pragma', 'no-cache')
    return forward(exchange, {
      method: 'POST',
      url: PROVIDER_ROUTES.token,
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...(authorization && !publicClient ? { authorization } : {}),
      },
      body: form.toString(),
    })
  }
  const refuse = async (exchange: Exchange) => {
    sendOAuthError(exchange, 400, 'invalid_request', 'method not allowed')
  }
  return {
    name: 'token',
    path: '/token',
    cors: true,
    methods: { POST: exchangeForTokens, GET: refuse },
  }
}

/**
 * Go's oauth2 client sends `Authorization: Basic` with an empty password for a public client, which Dex
 * takes for what it is.
 */
function publicClientWithoutSecret(
  authorization: string,
  clients: ReadonlyMap<string, StaticClient>,
): string | undefined {
  const { id = '', secret } = basicCredentials(authorization) ?? {}
  return secret === '' && clients.get(id)?.secret === '' ? id : undefined
}
