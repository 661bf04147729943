import { X509Certificate } from 'node:crypto'
import type { KubeconfigCluster, KubeconfigContext, KubeconfigDocument, KubeconfigUser } from './document.ts'
import { KubeconfigError } from './errors.ts'
import { type ExecEntry, execOf, problemsOfExec } from './exec-entry.ts'
import { expiryExtension } from './expiry.ts'

export interface ClusterEntry {
  readonly name: string
  /** An https URL. */
  readonly server: string
  /** PEM; without it the client's own list of authorities counts. */
  readonly certificateAuthority?: string | undefined
  /** The name to check in the server's certificate, where it differs from the server's host. */
  readonly tlsServerName?: string
}

export type UserEntry =
  | { readonly name: string; readonly token?: string }
  | {
      readonly name: string
      /** PEM */ readonly clientCertificate: string
      /** PEM */ readonly clientKey: string
    }
  | { readonly name: string; readonly exec: ExecEntry }

export interface KubeconfigRequest {
  readonly cluster: ClusterEntry
  readonly user: UserEntry
  readonly namespace?: string
  /** When the credential ends; stated in an extension, and in a comment of the text. */
  readonly expiresAt?: Date
}

/**
 * A document with one cluster, one user and one context. User and context are named `{user}@{cluster}`, so
 * that files for several clusters merge without one replacing the other's entries.
 *
 * @throws KubeconfigError `ERR_INVALID_REQUEST` with all problems in one message
 */
export function buildKubeconfig(request: KubeconfigRequest): KubeconfigDocument {
  const problems = problemsOf(request)
  if (problems.length > 0) throw new KubeconfigError('ERR_INVALID_REQUEST', problems.join('; '))
  const { cluster, user, namespace } = request
  const name = `${user.name}@${cluster.name}`
  const context: KubeconfigContext = {
    cluster: cluster.name,
    user: name,
    ...(namespace ? { namespace } : {}),
  }
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster.name, cluster: clusterOf(cluster) }],
    users: [{ name, user: userOf(request) }],
    contexts: [{ name, context }],
    'current-context': name,
  }
}

function clusterOf({ server, certificateAuthority, tlsServerName }: ClusterEntry): KubeconfigCluster {
  return {
    server,
    ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
    ...(certificateAuthority ? { 'certificate-authority-data': base64(certificateAuthority) } : {}),
  }
}

function userOf({ user, expiresAt }: KubeconfigRequest): KubeconfigUser {
  return { ...credentialOf(user), ...(expiresAt ? { extensions: [expiryExtension(expiresAt)] } : {}) }
}

function credentialOf(user: UserEntry): KubeconfigUser {
  if ('exec' in user) return { exec: execOf(user.exec) }
  if ('clientCertificate' in user) {
    return {
      'client-certificate-data': base64(user.clientCertificate),
      'client-key-data': base64(user.clientKey),
    }
  }
  return user.token ? { token: user.token } : {}
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function problemsOf({ cluster, user, namespace, expiresAt }: KubeconfigRequest): string[] {
  const problems: string[] = []
  if (cluster.name === '') problems.push("the cluster's name is empty")
  if (user.name === '') problems.push("the user's name is empty")
  if (URL.parse(cluster.server)?.protocol !== 'https:') {
    problems.push(`the server "${cluster.server}" is not an https URL; a token must not travel in the clear`)
  }
  if (cluster.certificateAuthority !== undefined && !isCertificate(cluster.certificateAuthority)) {
    problems.push('the certificate authority is not a certificate in PEM')
  }
  if (namespace !== undefined && !isNamespaceName(namespace)) {
    problems.push(`"${namespace}" is not the name of a namespace (${NAMESPACE_RULE})`)
  }
  if ('exec' in user) problems.push(...problemsOfExec(user.exec))
  if (expiresAt && Number.isNaN(expiresAt.getTime())) problems.push('expiresAt is not a time')
  return problems
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}

/** A DNS-1123 label, as a sentence. */
export const NAMESPACE_RULE =
  'lower-case letters, digits and "-", at most 63, with a letter or digit at both ends'

/** Whether Kubernetes takes `name` for a namespace: a DNS-1123 label (k8s.io/apimachinery/pkg/util/validation). */
export function isNamespaceName(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)
}
