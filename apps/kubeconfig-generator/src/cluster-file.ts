import type { Identity } from '@gatehouse/authentication'
import type { ClusterEntry } from '@gatehouse/kubeconfig'
import { type AccessDecision, decideAccess, withoutOidc } from './access/decide.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import { ADMIN_SUFFIX, type ClusterSettings } from './catalogue/schema.ts'
import type { AuditEvent } from './downloads/audit-log.ts'
import { type IssuedCredential, issueCredential } from './downloads/issue.ts'
import { type HandedOut, type Outcome, textOf } from './handed-out.ts'
import type { Limits } from './limits.ts'
import { isTokenFor, oidcStateOf } from './oidc.ts'
import { type OidcUser, pluginUser, tokenUser } from './oidc-user.ts'
import type { FileRequest } from './read-request.ts'
import {
  badRequest,
  clusterNotFound,
  credentialsUnavailable,
  forbidden,
  type Refusal,
  tooManyRequests,
} from './refusal.ts'
import type { Target } from './target.ts'

export interface ClusterFileParts {
  readonly catalogue: () => Catalogue
  readonly pluginCommand: readonly [string, ...string[]]
  readonly limits: Pick<Limits, 'credential'>
  readonly audit: (event: AuditEvent) => Promise<void>
  /** A credential was issued for a download. */
  readonly onIssued: (clusterId: string, expiresAt: Date) => void
}

export interface ClusterFileRequest extends Pick<FileRequest, 'token' | 'options' | 'headOnly'> {
  readonly target: Extract<Target, { kind: 'cluster' }>
  readonly auditId: string
}

type Allowed = Extract<AccessDecision, { allowed: true }>

/**
 * One of a cluster's two files: decide, get a credential, record, build. Nothing is handed out that is not
 * recorded, and what can't be handed out is taken back.
 *
 * @throws DownloadError
 */
export async function clusterFile(
  parts: ClusterFileParts,
  identity: Identity,
  request: ClusterFileRequest,
): Promise<Outcome> {
  const { clusterId, file } = request.target
  const catalogue = parts.catalogue()
  const cluster = catalogue.clusterOf(clusterId)
  const decision = decideAccess({
    roles: cluster ? catalogue.rolesOf(cluster.project, identity) : [],
    oidc: oidcStateOf(cluster?.oidc),
    proxy: cluster?.proxy !== undefined,
    file,
  })
  if (!cluster || (!decision.allowed && decision.why === 'not-found')) {
    return { refusal: clusterNotFound(clusterId) }
  }
  const record = recorder(parts, cluster, identity, request)
  if (!decision.allowed) {
    const { why, message } = decision
    if (!request.headOnly) await record({ event: 'refused', reason: message })
    return { refusal: forbidden(why, message) }
  }
  return decision.credential === 'oidc'
    ? oidcFile(parts, { catalogue, cluster, decision, identity, request, record })
    : issuedFile(parts, { catalogue, cluster, decision, identity, request, record })
}

interface Granted {
  readonly catalogue: Catalogue
  readonly cluster: ClusterSettings
  readonly decision: Allowed
  readonly identity: Identity
  readonly request: ClusterFileRequest
  readonly record: (what: Pick<AuditEvent, 'event'> & Partial<AuditEvent>) => Promise<void>
}

/** The file of somebody who logs in at the cluster's issuer. */
async function oidcFile(parts: ClusterFileParts, granted: Granted): Promise<Outcome> {
  const user = oidcUserOf(parts, granted)
  if ('refusal' in user) return user
  const { cluster, request, record } = granted
  if (!request.headOnly) {
    await record({
      event: 'downloaded',
      ...(user.expiresAt ? { expiresAt: user.expiresAt.toISOString() } : {}),
    })
  }
  return { file: { fileName: fileNameOf(cluster, request), text: kubeconfigText(granted, user) } }
}

function oidcUserOf(
  { pluginCommand }: ClusterFileParts,
  { catalogue, cluster, identity, request }: Granted,
): OidcUser | { readonly refusal: Refusal } {
  const { issuerUrl, clientConfig } = cluster.oidc!
  const { token, options } = request
  const { format = 'token' } = options
  if (format !== 'token') {
    const { certificateAuthorityFile } = clientConfig!
    return pluginUser(identity, format, {
      issuerUrl: issuerUrl!,
      clientConfig: clientConfig!,
      certificateAuthority:
        certificateAuthorityFile === undefined ? undefined : catalogue.pemOf(certificateAuthorityFile),
      pluginCommand,
    })
  }
  if (isTokenFor(token, issuerUrl!, clientConfig!)) return tokenUser(identity, token)
  const message = `this cluster takes tokens of ${issuerUrl} for the client ${clientConfig!.clientId}, and yours is another; ask with format=exec`
  return { refusal: badRequest(message) }
}

/** The file with a credential that is issued for this download. */
async function issuedFile(parts: ClusterFileParts, granted: Granted): Promise<Outcome> {
  const { cluster, identity, request, record } = granted
  const oidc = oidcStateOf(cluster.oidc)
  const { file } = request.target
  if (request.options.format !== undefined) {
    return { refusal: badRequest('this cluster has no OIDC; leave "format" and "plugin" out') }
  }
  if (!cluster.credentials) return { refusal: credentialsUnavailable() }
  const fileName = fileNameOf(cluster, request)
  const warning = file === 'kubeconfig' && oidc.kind === 'incomplete' ? `${withoutOidc(oidc)}.` : undefined
  const told = warning === undefined ? {} : { warning }
  // To ask is not to download: nothing is issued for a HEAD.
  if (request.headOnly) return { file: { fileName, ...told } }
  const taking = parts.limits.credential(identity.username)
  if (!taking.allowed) return { refusal: tooManyRequests('downloads with a credential', taking) }

  const issued = await issueCredential(cluster.credentials, {
    clusterId: cluster.id,
    downloadedBy: identity.username,
    file,
  })
  const { id, expiresAt } = issued.download
  const handedOut: HandedOut = {
    fileName,
    text: kubeconfigText(granted, issuedUser(issued, identity), warning),
    ...told,
    async takeBack() {
      await issued.takeBack()
      await record({ event: 'revoked', downloadId: id, reason: 'the caller did not receive the file' })
    },
  }
  try {
    await record({ event: 'downloaded', downloadId: id, expiresAt: expiresAt.toISOString() })
    parts.onIssued(cluster.id, expiresAt)
    return { file: handedOut }
  } catch (error) {
    await issued.takeBack()
    throw error
  }
}

function issuedUser({ certificatePem, keyPem, download }: IssuedCredential, { username }: Identity) {
  return {
    user: { name: username, clientCertificate: certificatePem, clientKey: keyPem },
    expiresAt: download.expiresAt,
  }
}

function kubeconfigText(
  { catalogue, cluster, decision, request }: Granted,
  user: OidcUser,
  note?: string,
): string {
  const { namespace } = request.options
  return textOf(
    {
      cluster: { name: nameOf(cluster, request), ...endpointOf(catalogue, cluster, decision) },
      ...user,
      ...(namespace === undefined ? {} : { namespace }),
    },
    note,
  )
}

/** Where the file points. */
function endpointOf(
  { pemOf }: Catalogue,
  { server, certificateAuthorityFile, proxy }: ClusterSettings,
  { route }: Allowed,
): Omit<ClusterEntry, 'name'> {
  const certificateAuthority = pemOf(certificateAuthorityFile)
  if (route === 'apiserver' || !proxy) return { server, certificateAuthority }
  // The tunnel ends at the API server itself, whose certificate carries the tunnel's name.
  if (route === 'tunnel') return { ...proxy.tunnel!, certificateAuthority }
  const { tlsServerName } = proxy
  return {
    server: proxy.server,
    certificateAuthority: pemOf(proxy.certificateAuthorityFile),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  }
}

/** The two files of a cluster point at different addresses, so they call it by different names. */
function nameOf({ name }: ClusterSettings, { target }: ClusterFileRequest): string {
  return target.file === 'adminkubeconfig' ? name + ADMIN_SUFFIX : name
}

function fileNameOf(cluster: ClusterSettings, request: ClusterFileRequest): string {
  return `${nameOf(cluster, request)}.kubeconfig.yml`
}

function recorder(
  { audit }: ClusterFileParts,
  { id, name, project }: ClusterSettings,
  { username }: Identity,
  { target, auditId }: ClusterFileRequest,
): Granted['record'] {
  return (what) =>
    audit({ user: username, clusterId: id, cluster: name, project, file: target.file, auditId, ...what })
}
