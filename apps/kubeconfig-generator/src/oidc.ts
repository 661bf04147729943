import { z } from 'zod'
import type { OidcState } from './access/decide.ts'
import { httpsUrlSchema } from './https-url.ts'

/** How a client logs in at an issuer. */
export const clientConfigSchema = z.strictObject({
  clientId: z.string().min(1).describe('The client that tokens are meant for.'),
  clientSecret: z
    .string()
    .min(1)
    .optional()
    .describe('Of a client that is not public; whoever has a file of the format `exec` has it.'),
  extraScopes: z
    .array(z.string().min(1))
    .default(['email', 'profile', 'groups', 'offline_access'])
    .describe('Asked for beside `openid`.'),
  address: z
    .string()
    .regex(/^(?:\[[0-9A-Fa-f:.]+\]|[^[\]:/\s]+):\d{1,5}$/, 'must be host:port')
    .optional()
    .describe(
      "`host:port` to dial where the issuer's own name does not resolve; TLS is still checked by that name.",
    ),
  certificateAuthorityFile: z
    .string()
    .min(1)
    .optional()
    .describe("PEM of the authorities of the issuer's certificate; the system's when absent."),
})
export type ClientConfig = z.output<typeof clientConfigSchema>

/** OpenID Connect of a cluster; one half alone counts as not configured. */
export const oidcSchema = z.strictObject({
  issuerUrl: httpsUrlSchema.optional().describe('The issuer that the API server, or the proxy, trusts.'),
  clientConfig: clientConfigSchema.optional().describe('How clients log in there.'),
})
export type OidcSettings = z.output<typeof oidcSchema>

/** Whether the settings are complete. Pure. */
export function oidcStateOf(oidc: OidcSettings | undefined): OidcState {
  const { issuerUrl, clientConfig } = oidc ?? {}
  if (issuerUrl !== undefined && clientConfig !== undefined) return { kind: 'configured' }
  if (issuerUrl !== undefined) return { kind: 'incomplete', missing: 'the client configuration' }
  if (clientConfig !== undefined) return { kind: 'incomplete', missing: 'the issuer URL' }
  return { kind: 'absent' }
}

/**
 * Whether the API server of a cluster with these settings takes a token, which was verified before. A caller
 * may come with a token of another issuer or client that this service trusts, too. Pure.
 */
export function isTokenFor(token: string, issuerUrl: string, { clientId }: ClientConfig): boolean {
  const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8')) as {
    iss?: string
    aud?: string | string[]
  }
  return claims.iss === issuerUrl && [claims.aud].flat().includes(clientId)
}
