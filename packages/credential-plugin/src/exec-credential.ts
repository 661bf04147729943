import { z } from 'zod'
import { CredentialPluginError } from './errors.ts'
import type { Tokens } from './tokens.ts'

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'] as const
type Version = (typeof VERSIONS)[number]

const infoSchema = z.object({ apiVersion: z.enum(VERSIONS), kind: z.literal('ExecCredential') })

/**
 * The version that kubectl wants the answer in, from its KUBERNETES_EXEC_INFO; v1 without it. Pure.
 *
 * @throws CredentialPluginError `ERR_EXEC_INFO`
 */
export function requestedVersion(execInfo: string | undefined): Version {
  if (!execInfo) return VERSIONS[0]
  let value: unknown
  try {
    value = JSON.parse(execInfo)
  } catch (cause) {
    throw unknownInfo('is not JSON', cause)
  }
  const parsed = infoSchema.safeParse(value)
  if (parsed.success) return parsed.data.apiVersion
  throw unknownInfo(`is no ExecCredential of ${VERSIONS.join(' or ')}`, parsed.error)
}

/**
 * What kubectl reads from the plugin's standard output (client.authentication.k8s.io, ExecCredential); it
 * asks again when the token has ended. Pure.
 */
export function execCredential({ idToken, expiresAt }: Tokens, apiVersion: Version): object {
  const expirationTimestamp = new Date(expiresAt * 1000).toISOString().replace('.000Z', 'Z')
  return { apiVersion, kind: 'ExecCredential', status: { token: idToken, expirationTimestamp } }
}

function unknownInfo(what: string, cause: unknown): CredentialPluginError {
  const message = `KUBERNETES_EXEC_INFO ${what}; set the apiVersion of the exec entry in the kubeconfig to ${VERSIONS[0]}`
  return new CredentialPluginError('ERR_EXEC_INFO', message, { cause })
}
