import { readFile } from 'node:fs/promises'
import type { KubeconfigCluster, KubeconfigDocument, KubeconfigUser } from './document.ts'
import { KubeconfigError } from './errors.ts'

/** What a client needs to reach the cluster of the current context. */
export interface CurrentCluster {
  readonly server: string
  readonly caPem?: string
  readonly tlsServerName?: string
  readonly clientCertificatePem?: string
  readonly clientKeyPem?: string
  readonly token?: string
}

/**
 * The current context's cluster and credential, with files read. What this program can't honour is refused
 * rather than left out: without `insecure-skip-tls-verify` nothing would work, without `as` (impersonation)
 * too much would.
 *
 * @throws KubeconfigError `ERR_UNUSABLE_KUBECONFIG`, `ERR_UNREADABLE`
 */
export async function currentCluster(document: KubeconfigDocument): Promise<CurrentCluster> {
  const { cluster, user } = currentEntries(document)
  refuseUnsupported(cluster, user)
  const [caPem, clientCertificatePem, clientKeyPem, tokenOfFile] = await Promise.all([
    pem(cluster['certificate-authority-data'], cluster['certificate-authority'], 'certificate-authority'),
    pem(user['client-certificate-data'], user['client-certificate'], 'client-certificate'),
    pem(user['client-key-data'], user['client-key'], 'client-key'),
    user.tokenFile ? read(user.tokenFile, 'tokenFile') : undefined,
  ])
  if ((clientCertificatePem === undefined) !== (clientKeyPem === undefined)) {
    throw unusable('the user has a client certificate without its key, or the reverse')
  }
  // client-go: a token file takes precedence over a token.
  const token = tokenOfFile?.trim() || user.token
  return {
    server: cluster.server,
    ...(caPem === undefined ? {} : { caPem }),
    ...(cluster['tls-server-name'] ? { tlsServerName: cluster['tls-server-name'] } : {}),
    ...(clientCertificatePem === undefined ? {} : { clientCertificatePem }),
    ...(clientKeyPem === undefined ? {} : { clientKeyPem }),
    ...(token ? { token } : {}),
  }
}

function currentEntries(document: KubeconfigDocument): { cluster: KubeconfigCluster; user: KubeconfigUser } {
  const name = document['current-context']
  if (name === '') throw unusable('it has no current-context; set one with: kubectl config use-context NAME')
  const context = document.contexts.find((entry) => entry.name === name)?.context
  if (!context) throw unusable(`its current-context "${name}" is not among its contexts`)
  const cluster = document.clusters.find((entry) => entry.name === context.cluster)?.cluster
  if (!cluster) throw unusable(`the cluster "${context.cluster}" of its context "${name}" is missing`)
  const user = document.users.find((entry) => entry.name === context.user)?.user
  if (!user) throw unusable(`the user "${context.user}" of its context "${name}" is missing`)
  return { cluster, user }
}

const UNSUPPORTED_OF_USERS = [
  'exec',
  'auth-provider',
  'username',
  'password',
  'as',
  'as-uid',
  'as-groups',
  'as-user-extra',
]

function refuseUnsupported(cluster: KubeconfigCluster, user: KubeconfigUser): void {
  const url = URL.parse(cluster.server)
  const isLoopback = url !== null && /^(?:127(?:\.\d+){3}|\[::1\]|localhost)$/.test(url.hostname)
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLoopback)) {
    throw unusable(`its server "${cluster.server}" is not an https URL`)
  }
  if (cluster['insecure-skip-tls-verify']) {
    throw unusable('insecure-skip-tls-verify is set; give the certificate-authority instead')
  }
  if (cluster['proxy-url']) throw unusable('proxy-url is not supported')
  const found = UNSUPPORTED_OF_USERS.filter((field) => Object.hasOwn(user, field))
  if (found.length > 0) {
    throw unusable(
      `its user has ${found.join(', ')}, which is not supported; use a token or a client certificate`,
    )
  }
}

/** Data take precedence over files (client-go's clientcmd). */
async function pem(
  data: string | undefined,
  file: string | undefined,
  field: string,
): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8')
  return file ? read(file, field) : undefined
}

async function read(file: string, field: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const message = `the ${field} ${file} of the kubeconfig can't be read: ${(cause as Error).message}`
    throw new KubeconfigError('ERR_UNREADABLE', message, { cause })
  }
}

function unusable(message: string): KubeconfigError {
  return new KubeconfigError('ERR_UNUSABLE_KUBECONFIG', `the kubeconfig can't be used: ${message}`)
}
