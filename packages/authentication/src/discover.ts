import * as openid from 'openid-client'
import type { IssuerConnection } from './issuer-connection.ts'

export interface ClientAtIssuer {
  readonly issuer: string
  readonly clientId: string
  /** A client without one is public. */
  readonly clientSecret?: string | undefined
}

/**
 * Asks an issuer about itself (OpenID Connect Discovery 1.0), for what openid-client does there as a client.
 *
 * @throws what openid-client throws, with an AuthenticationError as `cause` where the issuer could not be reached
 */
export function discover(
  { issuer, clientId, clientSecret }: ClientAtIssuer,
  connection: IssuerConnection,
): Promise<openid.Configuration> {
  return openid.discovery(
    new URL(issuer),
    clientId,
    undefined,
    clientSecret === undefined ? openid.None() : openid.ClientSecretPost(clientSecret),
    { [openid.customFetch]: connection.fetchForOpenid },
  )
}

/** What went wrong, in the issuer's own words where it has answered. Pure. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof openid.AuthorizationResponseError || cause instanceof openid.ResponseBodyError) {
    const { error, error_description: description } = cause
    return description === undefined ? error : `${description} (${error})`
  }
  return cause instanceof Error ? cause.message : String(cause)
}
