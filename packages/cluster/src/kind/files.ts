import { chmod, writeFile } from 'node:fs/promises'
import { writePrivateFile } from '@gatehouse/private-files'
import { auditPolicy } from '../embedded/audit-policy.ts'
import { authenticationConfiguration } from '../embedded/authentication-configuration.ts'
import type { Layout } from './layout.ts'

/** Writes what the API server reads through its mounts. */
export async function writeApiserverFiles(layout: Layout, authentication: object | undefined): Promise<void> {
  await writePrivateFile(layout.auditPolicy, JSON.stringify(auditPolicy, undefined, 2))
  await writeAuthentication(layout, authentication)
  // Made here, so that it belongs to this user; the API server, root on the node, goes on in it.
  await writeFile(layout.auditLog, '', { flag: 'a', mode: 0o600 })
  await chmod(layout.auditLog, 0o600)
}

/** At once or not at all: a running API server looks at the file every few seconds. */
export function writeAuthentication(layout: Layout, authentication: object | undefined): Promise<void> {
  const content = JSON.stringify(authenticationConfiguration(authentication), undefined, 2)
  return writePrivateFile(layout.authenticationConfiguration, content)
}
