import { errors, type JWTPayload } from 'jose'
import type { StaticClient } from '../config/static-clients.ts'
import type { KeyRing } from '../keys/key-ring.ts'

/** A request to log out that was found good. */
export interface LogoutRequest {
  /** Of the `id_token_hint`. */
  readonly subject: string | undefined
  readonly clientID: string | undefined
  /** One of that client's. */
  readonly redirectURI: string | undefined
  readonly state: string | undefined
}

/** Reads a request to log out; `problem` says what makes it a bad one, for the user to read. */
export async function parseLogout(
  parameters: URLSearchParams,
  parts: {
    readonly clients: ReadonlyMap<string, StaticClient>
    readonly keyRing: KeyRing
    readonly issuer: string
  },
): Promise<LogoutRequest | { readonly problem: string }> {
  const hint = parameters.get('id_token_hint') || undefined
  const claims = hint === undefined ? undefined : await verifyHint(hint, parts)
  if (hint !== undefined && !claims) return { problem: 'The id_token_hint is no ID token of this issuer.' }
  const audience = [claims?.azp ?? claims?.aud ?? []].flat()
  const asked = parameters.get('client_id') || undefined
  if (claims && asked !== undefined && !audience.includes(asked)) {
    return { problem: 'The id_token_hint was not given to this client_id.' }
  }
  const clientID = asked ?? audience[0]
  const client = clientID === undefined ? undefined : parts.clients.get(clientID)
  const redirectURI = parameters.get('post_logout_redirect_uri') || undefined
  if (redirectURI !== undefined && !client?.postLogoutRedirectURIs.includes(redirectURI)) {
    return { problem: `Unregistered post_logout_redirect_uri (${JSON.stringify(redirectURI)}).` }
  }
  return {
    subject: claims?.sub,
    clientID: client?.id,
    redirectURI,
    state: parameters.get('state') ?? undefined,
  }
}

/** A user may come back to log out after the token has expired. */
async function verifyHint(
  hint: string,
  { keyRing, issuer }: { readonly keyRing: KeyRing; readonly issuer: string },
): Promise<(JWTPayload & { azp?: string }) | undefined> {
  try {
    return await keyRing.verify(hint, issuer, { evenExpired: true })
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
