import { labelled } from '@gatehouse/cluster'
import type { Configuration } from '../configuration.ts'
import { defaultContent, type Manifest } from '../manifests.ts'
import { readManifests } from '../user-manifests.ts'
import { proxyAccount, proxyObjects } from './proxy-objects.ts'
import { userAccess } from './user-access.ts'

/**
 * Everything that a stack wants to be on a cluster that somebody else runs: the proxy's identity, and what the
 * configuration says beyond it.
 *
 * @throws StackError `ERR_MANIFEST` for files of `manifests` that can't be read
 */
export async function wantedObjects(configuration: Configuration, stack: string): Promise<Manifest[]> {
  return [
    ...proxyObjects(configuration, stack),
    ...defaultContent(configuration),
    ...(await readManifests(configuration.manifests)),
  ]
}

/**
 * The same for an administrator to apply by hand; with `user`, also what lets that user start stacks on it.
 *
 * @throws StackError `ERR_MANIFEST`
 */
export async function manifestsToApply(
  configuration: Configuration,
  stack: string,
  user: string | undefined,
): Promise<Manifest[]> {
  const wanted = await wantedObjects(configuration, stack)
  return [
    ...wanted,
    ...(user === undefined ? [] : userAccess(user, wanted, proxyAccount(configuration, stack))),
  ].map(labelled)
}
