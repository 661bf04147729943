import { parseScopes, scopeProblem } from '../claims/scopes.ts'
import { DEVICE_CODE_GRANT } from '../config/oauth2.ts'
import type { StaticClient } from '../config/static-clients.ts'
import { isDeviceFlowAllowed } from '../device/device-callback.ts'
import type { DeviceRequests } from '../device/device-requests.ts'
import type { DeviceChallenge } from '../device/poll.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { RequestError } from '../http/request-error.ts'
import { sendJson, sendOAuthError } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import { authenticateClient } from '../provider/authenticate-client.ts'

export interface DeviceCodeOptions {
  readonly issuer: string
  readonly clients: ReadonlyMap<string, StaticClient>
  readonly deviceRequests: DeviceRequests
  readonly grantTypes: readonly string[]
}

/**
 * `/device/code`: begins a login for a device without a browser. What Dex would find wrong only once the
 * user has typed the code is told to the device at once.
 *
 * @see RFC 8628 sections 3.1 and 3.2
 */
export function deviceCodeRoute(options: DeviceCodeOptions): Route {
  const { issuer, clients, deviceRequests, grantTypes } = options
  const begin = async (exchange: Exchange) => {
    const form = await readForm(exchange.request).catch((error: unknown) => {
      if (!(error instanceof RequestError)) throw error
      sendOAuthError(exchange, error.status, 'invalid_request', error.message)
    })
    if (!form) return undefined
    const client = authenticateClient(clients, form, exchange.request.headers.authorization)
    if (!client) return sendOAuthError(exchange, 401, 'invalid_client', 'Invalid client credentials.')
    if (!grantTypes.includes(DEVICE_CODE_GRANT)) {
      return sendOAuthError(exchange, 400, 'unauthorized_client', 'The device flow is not in grantTypes.')
    }
    if (!isDeviceFlowAllowed(client)) {
      const hint = 'This client has no redirect URI /device/callback, so it may not use the device flow.'
      return sendOAuthError(exchange, 400, 'unauthorized_client', hint)
    }
    const scopes = [...new Set(parseScopes(form.get('scope') ?? ''))]
    const problem = scopeProblem(scopes, client.id, clients)
    if (problem) return sendOAuthError(exchange, 400, 'invalid_scope', problem)
    const challenge = challengeOf(form)
    if (challenge === 'invalid') {
      return sendOAuthError(exchange, 400, 'invalid_request', 'Unsupported PKCE challenge method.')
    }
    const begun = await deviceRequests.begin({ clientID: client.id, scopes, challenge })
    // Where people can reach us, whatever the device has asked.
    const verificationURI = `${issuer.replace(/\/$/, '')}/device`
    const query = new URLSearchParams({ user_code: begun.userCode })
    return sendJson(exchange, 200, {
      device_code: begun.deviceCode,
      user_code: begun.userCode,
      verification_uri: verificationURI,
      verification_uri_complete: `${verificationURI}?${query.toString()}`,
      expires_in: begun.expiresIn,
      interval: begun.interval,
    })
  }

  const refuse = async (exchange: Exchange) => {
    sendOAuthError(exchange, 400, 'invalid_request', 'method not allowed')
  }

  return { name: 'device_code', path: '/device/code', methods: { POST: begin, GET: refuse } }
}

function challengeOf(form: URLSearchParams): DeviceChallenge | 'invalid' | undefined {
  const challenge = form.get('code_challenge')
  const method = form.get('code_challenge_method') || 'plain'
  if (!challenge) return undefined
  return method === 'S256' || method === 'plain' ? { challenge, method } : 'invalid'
}
