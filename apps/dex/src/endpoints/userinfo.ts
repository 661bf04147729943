import { errors } from 'jose'
import type { Exchange } from '../http/exchange.ts'
import { sendJson, sendOAuthError } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import type { KeyRing } from '../keys/key-ring.ts'

/**
 * `/userinfo`: the claims of the access token, which is a JWT of ours. As in Dex, no token is 401, one that
 * doesn't verify 403.
 */
export function userinfoRoute(keyRing: KeyRing, issuer: string): Route {
  const answer = async (exchange: Exchange) => {
    const token = /^bearer +(\S+)$/i.exec(exchange.request.headers.authorization ?? '')?.[1]
    if (!token) {
      exchange.response.setHeader('WWW-Authenticate', 'Bearer')
      return sendOAuthError(exchange, 401, 'access_denied', 'Invalid bearer token.')
    }
    try {
      sendJson(exchange, 200, await keyRing.verify(token, issuer))
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
      exchange.response.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"')
      sendOAuthError(exchange, 403, 'access_denied', 'The token is not valid.')
    }
  }
  return { name: 'userinfo', path: '/userinfo', cors: true, methods: { GET: answer, POST: answer } }
}
