import { createHash } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Where everything of a kind cluster stands, on this machine. */
export interface Layout {
  readonly directory: string
  /** Seen by the node, read-only: the API server's files. */
  readonly apiserver: string
  readonly authenticationConfiguration: string
  readonly auditPolicy: string
  /** Seen by the node, which writes the log in it. */
  readonly audit: string
  readonly auditLog: string
  readonly authority: string
  readonly adminKubeconfig: string
  readonly kubectlCache: string
  readonly identities: string
  readonly logs: string
  /** What the cluster was made from; there only while a complete one is. */
  readonly created: string
  /** The machine's kernel settings before a kubelet changed them. */
  readonly kernelSettings: string
  /** Exists when the node of a failed start is left to be looked into. */
  readonly retained: string
  /** Exists while the keeper watches. */
  readonly keeperReady: string
}

/** Pure. */
export function layoutOf(directory: string): Layout {
  const below = (...names: string[]) => join(directory, 'kind', ...names)
  return {
    directory,
    apiserver: below('apiserver'),
    authenticationConfiguration: below('apiserver', 'authentication.yaml'),
    auditPolicy: below('apiserver', 'audit-policy.yaml'),
    audit: below('audit'),
    auditLog: below('audit', 'audit.log'),
    authority: below('pki', 'cluster'),
    adminKubeconfig: below('kubeconfigs', 'admin.yaml'),
    kubectlCache: below('kubectl-cache'),
    identities: below('identities'),
    logs: below('logs'),
    created: below('created.json'),
    kernelSettings: below('kernel-settings.json'),
    retained: below('retained'),
    keeperReady: below('keeper-ready'),
  }
}

/** Makes the folders that are missing, and closes the cluster's own to others. */
export async function makeDirectories(layout: Layout): Promise<void> {
  const { directory, apiserver, audit, authority, adminKubeconfig, identities, logs } = layout
  const directories = [apiserver, audit, authority, join(adminKubeconfig, '..'), identities, logs]
  for (const path of directories) await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
}

/**
 * The names by which the engine knows the cluster: of the kind cluster and of its network. Two stacks of the
 * same name stand in different directories, so that is part of it. Pure.
 */
export function engineName(name: string, directory: string): string {
  const digest = createHash('sha256').update(directory).digest('hex').slice(0, 8)
  return `gatehouse-${name.slice(0, 20).replace(/-+$/, '')}-${digest}`
}
