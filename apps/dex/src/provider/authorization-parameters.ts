import { createHash } from 'node:crypto'
import { parseScopes } from '../claims/scopes.ts'

/** The parameters that mean something to Dex, or that must be refused. */
const PASSED_ON = [
  'client_id',
  'redirect_uri',
  'state',
  'nonce',
  'approval_prompt',
  'request',
  'request_uri',
  'registration',
] as const

/** The name under which oidc-provider knows Dex's way to answer. */
export const RESPONSE_MODE = 'dex'

/** What our own pages must know later, beside the parameters of the client. */
export interface Start {
  readonly connectorID: string
  /** Fingerprint of the browser that may go on. */
  readonly browser: string
  /** The e-mail of the user whose tile was clicked. */
  readonly userTile?: string | undefined
}

/**
 * The client's authorization request in the words of oidc-provider, which knows PKCE by S256 only, refresh
 * tokens by `prompt=consent` only, and would otherwise answer in ways that Dex has not. Pure.
 */
export function providerParameters(asked: URLSearchParams, start: Start): URLSearchParams {
  const result = new URLSearchParams({ response_mode: RESPONSE_MODE })
  // Repeated ones stay repeated, to be refused.
  for (const name of PASSED_ON) {
    for (const value of asked.getAll(name)) result.append(name, value)
  }
  // Tokens in the answer are ours, so oidc-provider is always asked for a code.
  const types = asked.getAll('response_type')
  for (const type of types) result.append('response_type', types.length === 1 && type !== '' ? 'code' : type)
  if (types.length > 0) result.set('asked_response_type', types.join(' '))
  const scopes = [...new Set(parseScopes(asked.getAll('scope').join(' ')))]
  if (scopes.length > 0) result.set('scope', scopes.join(' '))
  // oidc-provider drops what it doesn't know; Dex refuses it.
  result.set('asked_scope', scopes.join(' '))
  // oidc-provider would complain of the nonce, not of what is missing.
  if (!scopes.includes('openid')) result.delete('nonce')
  result.set('prompt', parseScopes(asked.get('prompt') ?? '').includes('none') ? 'none' : 'consent')
  for (const [name, value] of codeChallenge(asked)) result.append(name, value)
  result.set('connector_id', start.connectorID)
  result.set('browser', start.browser)
  if (start.userTile !== undefined) result.set('user_tile', start.userTile)
  return result
}

/**
 * A `plain` challenge, which is Dex's default, becomes its S256: the verifier that fits the one is the one
 * that fits the other (RFC 7636 section 4.6).
 */
function codeChallenge(asked: URLSearchParams): [string, string][] {
  const challenges = asked.getAll('code_challenge')
  const methods = asked.getAll('code_challenge_method')
  const [challenge] = challenges
  const isPlain = methods.length === 0 || (methods.length === 1 && ['', 'plain'].includes(methods[0]!))
  if (isPlain && challenges.length === 1 && challenge) {
    return [
      ['code_challenge', createHash('sha256').update(challenge).digest('base64url')],
      ['code_challenge_method', 'S256'],
    ]
  }
  return [
    ...challenges.map((value): [string, string] => ['code_challenge', value]),
    ...(isPlain ? [] : methods.map((value): [string, string] => ['code_challenge_method', value])),
  ]
}

/** The request of the client again, for the way back to the chooser. Pure. */
export function clientParameters(params: Readonly<Record<string, unknown>>): URLSearchParams {
  const names = [...PASSED_ON, 'scope', 'code_challenge', 'code_challenge_method']
  const entries = names.flatMap((name) => {
    const value = params[name]
    return typeof value === 'string' ? [[name, value] as [string, string]] : []
  })
  const asked = params['asked_response_type']
  return new URLSearchParams([
    ...entries,
    ...(typeof asked === 'string' ? [['response_type', asked] as [string, string]] : []),
  ])
}
