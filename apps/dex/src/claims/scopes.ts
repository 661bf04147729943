import type { StaticClient } from '../config/static-clients.ts'

export const PUBLISHED_SCOPES = ['openid', 'email', 'groups', 'profile', 'offline_access'] as const
const FEDERATED_ID_SCOPE = 'federated:id'
const KNOWN_SCOPES: ReadonlySet<string> = new Set([...PUBLISHED_SCOPES, FEDERATED_ID_SCOPE])
const CROSS_CLIENT_PREFIX = 'audience:server:client_id:'

/** Every scope that any client may ask for: Dex's own and one per client to be in the audience. */
export function allScopes(clients: Iterable<StaticClient>): string[] {
  return [...KNOWN_SCOPES, ...Array.from(clients, ({ id }) => CROSS_CLIENT_PREFIX + id)]
}

/** Splits a `scope` parameter; more than one space between two scopes is tolerated, as Dex does. */
export function parseScopes(scope: string | undefined): string[] {
  return (scope ?? '').split(/\s+/).filter(Boolean)
}

/** The client that a scope asks to have in `aud`; undefined for other scopes. */
function crossClient(scope: string): string | undefined {
  return scope.startsWith(CROSS_CLIENT_PREFIX) ? scope.slice(CROSS_CLIENT_PREFIX.length) : undefined
}

/**
 * What is wrong with the scopes that `clientID` asks for, as a sentence of Dex for `error_description`
 * (with `error=invalid_scope`); undefined when all is well. Pure.
 */
export function scopeProblem(
  scopes: readonly string[],
  clientID: string,
  clients: ReadonlyMap<string, StaticClient>,
): string | undefined {
  const unknown = scopes.filter((scope) => crossClient(scope) === undefined && !KNOWN_SCOPES.has(scope))
  const untrusted = scopes.filter((scope) => {
    const peer = crossClient(scope)
    return peer !== undefined && peer !== clientID && !clients.get(peer)?.trustedPeers.includes(clientID)
  })
  if (!scopes.includes('openid')) return 'Missing required scope(s) ["openid"].'
  if (unknown.length > 0) return `Unrecognized scope(s) ${quote(unknown)}`
  if (untrusted.length > 0) return `Client can't request scope(s) ${quote(untrusted)}`
  return undefined
}

/**
 * The `aud` and `azp` of a token: the clients that the scopes name and the client itself. Without such
 * scopes, the client alone; `azp` stands only beside several. Pure.
 */
export function audienceOf(
  scopes: readonly string[],
  clientID: string,
): { readonly aud: string | string[]; readonly azp?: string } {
  const peers = scopes.map(crossClient).filter((peer) => peer !== undefined)
  const audience = [...new Set([...peers, ...(peers.includes(clientID) ? [] : [clientID])])]
  return audience.length === 1 ? { aud: audience[0]! } : { aud: audience, azp: clientID }
}

function quote(scopes: readonly string[]): string {
  // error_description may hold neither quotes nor backslashes of a client's making (RFC 6749 section 5.2).
  return `[${scopes.map((scope) => `"${scope.replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?')}"`).join(' ')}]`
}
