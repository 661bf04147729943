import type { ExecInfo } from './exec-info.ts'
import type { Tokens } from './tokens.ts'

/**
 * What kubectl reads from the plugin's standard output (client.authentication.k8s.io, ExecCredential); it
 * asks again when the token has ended. Pure.
 */
export function execCredential(
  { idToken, expiresAt }: Tokens,
  { apiVersion }: Pick<ExecInfo, 'apiVersion'>,
): object {
  const expirationTimestamp = new Date(expiresAt * 1000).toISOString().replace('.000Z', 'Z')
  return { apiVersion, kind: 'ExecCredential', status: { token: idToken, expirationTimestamp } }
}
