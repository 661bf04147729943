import { z } from 'zod'
import { CredentialPluginError } from './errors.ts'

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'] as const

/** Where the token is going to be sent (client.authentication.k8s.io, Cluster); told to `provideClusterInfo` only. */
const clusterSchema = z.object({
  server: z.string(),
  'insecure-skip-tls-verify': z.boolean().optional(),
})

const infoSchema = z.object({
  apiVersion: z.enum(VERSIONS),
  kind: z.literal('ExecCredential'),
  spec: z
    .object({
      /** Whether the plugin has a terminal as its standard input. */
      interactive: z.boolean().optional(),
      cluster: clusterSchema.nullish(),
    })
    .nullish(),
})

/** What kubectl tells a plugin. */
export interface ExecInfo {
  /** In which the answer is wanted. */
  readonly apiVersion: (typeof VERSIONS)[number]
  /** False where kubectl says that nobody is there to ask; undefined where it says nothing. */
  readonly interactive?: boolean | undefined
}

/**
 * Reads KUBERNETES_EXEC_INFO (client.authentication.k8s.io, ExecCredential); without it the answer is wanted
 * in v1. Pure.
 *
 * @throws CredentialPluginError `ERR_EXEC_INFO` for another document; `ERR_INSECURE_CLUSTER` where the token
 *   would be sent to a server that nobody verifies
 */
export function readExecInfo(execInfo: string | undefined): ExecInfo {
  if (!execInfo) return { apiVersion: VERSIONS[0] }
  const parsed = infoSchema.safeParse(parse(execInfo))
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw unusable(
      `is no ExecCredential of ${VERSIONS.join(' or ')} (${[...path, message].join(': ')})`,
      parsed.error,
    )
  }
  const { apiVersion, spec } = parsed.data
  if (spec?.cluster) refuseInsecure(spec.cluster)
  return { apiVersion, interactive: spec?.interactive }
}

/** Whoever gets the token is its person until it ends. */
function refuseInsecure({
  server,
  'insecure-skip-tls-verify': unverified,
}: z.output<typeof clusterSchema>): void {
  const url = URL.parse(server)
  if (url === null) throw unusable(`names a cluster at "${server}", which is no URL`)
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  const why =
    url.protocol === 'https:' || isLoopback
      ? unverified && 'its certificate is not verified (insecure-skip-tls-verify)'
      : 'it is reached without TLS'
  if (!why) return
  throw new CredentialPluginError(
    'ERR_INSECURE_CLUSTER',
    `${server} gets no token: ${why}, so anybody on the way could take it; put certificate-authority-data into the cluster's entry, or download the kubeconfig again`,
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unusable('is not JSON', cause)
  }
}

function unusable(what: string, cause?: unknown): CredentialPluginError {
  const message = `KUBERNETES_EXEC_INFO ${what}; set the apiVersion of the exec entry in the kubeconfig to ${VERSIONS[0]}`
  return new CredentialPluginError('ERR_EXEC_INFO', message, { cause })
}
