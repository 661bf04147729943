import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Where everything of an embedded cluster stands. All directories have mode 0700, all files 0600. */
export interface Layout {
  readonly directory: string
  readonly ports: string
  /** One directory per certificate authority stands in here, with the certificates that it issued. */
  readonly pki: string
  readonly etcdData: string
  readonly authenticationConfiguration: string
  readonly auditPolicy: string
  readonly auditLog: string
  readonly kubeconfigs: string
  /** kubeconfigs for `kubeconfigFor`. */
  readonly identities: string
  /** What kwok reads, the sockets of its sandbox and the directory over which its root is mounted. */
  readonly kwok: string
  readonly kwokRoot: string
  readonly logs: string
}

/** Pure. */
export function layoutOf(directory: string): Layout {
  return {
    directory,
    ports: join(directory, 'ports.json'),
    pki: join(directory, 'pki'),
    etcdData: join(directory, 'etcd'),
    authenticationConfiguration: join(directory, 'apiserver', 'authentication.yaml'),
    auditPolicy: join(directory, 'apiserver', 'audit-policy.yaml'),
    auditLog: join(directory, 'audit', 'audit.log'),
    kubeconfigs: join(directory, 'kubeconfigs'),
    identities: join(directory, 'identities'),
    kwok: join(directory, 'kwok'),
    kwokRoot: join(directory, 'kwok', 'root'),
    logs: join(directory, 'logs'),
  }
}

/** Makes the directories that are missing, and closes the cluster's own to others where it was there before. */
export async function makeDirectories(layout: Layout): Promise<void> {
  const directories = [
    layout.pki,
    layout.etcdData,
    join(layout.directory, 'apiserver'),
    join(layout.directory, 'audit'),
    layout.kubeconfigs,
    layout.identities,
    layout.kwokRoot,
    layout.logs,
  ]
  for (const directory of directories) await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(layout.directory, 0o700)
}
