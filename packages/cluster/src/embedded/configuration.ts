import { join } from 'node:path'
import { writePrivateFile } from '@gatehouse/private-files'
import { auditPolicy } from './audit-policy.ts'
import { authenticationConfiguration } from './authentication-configuration.ts'
import { users } from './certificates.ts'
import { type CredentialSettings, writeCertificateKubeconfig } from './credentials.ts'
import { type KwokSettings, kwokKubeconfig, writeKwokFiles } from './kwok.ts'
import type { Layout } from './layout.ts'
import { LOOPBACK } from './ports.ts'

/** Paths of the kubeconfigs that people and the control plane's processes use. */
export interface Kubeconfigs {
  readonly admin: string
  readonly controllerManager: string
  readonly scheduler: string
}

/** Pure. */
export function kubeconfigsOf(layout: Layout): Kubeconfigs {
  return {
    admin: join(layout.kubeconfigs, 'admin.yaml'),
    controllerManager: join(layout.kubeconfigs, 'controller-manager.yaml'),
    scheduler: join(layout.kubeconfigs, 'scheduler.yaml'),
  }
}

/** Writes every file that the processes read, but for certificates. */
export async function writeConfiguration(
  layout: Layout,
  credentials: CredentialSettings,
  kwok: KwokSettings,
  authentication: object | undefined,
): Promise<void> {
  const { clients } = credentials.certificates
  const files = kubeconfigsOf(layout)
  const authenticationFile = JSON.stringify(authenticationConfiguration(authentication), undefined, 2)
  // kwok's own loopback has the API server at the same port.
  const fromKwok = { ...credentials, server: `https://${LOOPBACK}:${kwok.apiserverPort}` }
  await Promise.all([
    writeCertificateKubeconfig(files.admin, users.admin, clients.admin, credentials),
    writeCertificateKubeconfig(
      files.controllerManager,
      'controller-manager',
      clients.controllerManager,
      credentials,
    ),
    writeCertificateKubeconfig(files.scheduler, 'scheduler', clients.scheduler, credentials),
    writeCertificateKubeconfig(kwokKubeconfig(layout), 'kwok', clients.kwok, fromKwok),
    writeKwokFiles(kwok),
    writePrivateFile(layout.auditPolicy, JSON.stringify(auditPolicy, undefined, 2)),
    writePrivateFile(layout.authenticationConfiguration, authenticationFile),
  ])
}
