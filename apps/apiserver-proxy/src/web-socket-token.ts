import { Refusal } from './refusal.ts'

/** A browser can't set `Authorization` on a WebSocket, so the token comes as a subprotocol. */
const PREFIX = 'base64url.bearer.authorization.k8s.io.'

/**
 * Takes the token out of the subprotocols of a WebSocket request, as the API server does
 * (k8s.io/apiserver/pkg/authentication/request/websocket): at most one, and one real subprotocol beside it,
 * which the answer can name. Pure.
 *
 * @throws Refusal `ERR_UNAUTHORIZED`
 */
export function takeWebSocketToken(offered: readonly string[]): {
  token: string | undefined
  protocols: readonly string[]
} {
  const tokens = offered.filter((protocol) => protocol.startsWith(PREFIX))
  const protocols = offered.filter((protocol) => !protocol.startsWith(PREFIX))
  const [first] = tokens
  if (first === undefined) return { token: undefined, protocols }
  if (tokens.length > 1)
    throw new Refusal('ERR_UNAUTHORIZED', 'the request offers two tokens as subprotocols')
  if (protocols.length === 0) {
    throw new Refusal('ERR_UNAUTHORIZED', 'the request offers a token, but no subprotocol beside it')
  }
  const encoded = first.slice(PREFIX.length)
  const token = Buffer.from(encoded, 'base64url').toString('utf8')
  if (!/^[\w-]+$/.test(encoded) || Buffer.from(token).toString('base64url') !== encoded) {
    throw new Refusal('ERR_UNAUTHORIZED', 'the token among the subprotocols is not encoded as base64url')
  }
  return { token, protocols }
}
