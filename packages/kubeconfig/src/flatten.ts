import { readFile } from 'node:fs/promises'
import type { KubeconfigCluster, KubeconfigDocument, KubeconfigUser } from './document.ts'
import { KubeconfigError } from './errors.ts'

/**
 * The document with certificates and keys in place of the files that hold them, like `kubectl config view
 * --flatten`. Paths must be absolute, as `readKubeconfig` makes them. A token file stays one: it changes.
 *
 * @throws KubeconfigError `ERR_UNREADABLE`; `ERR_UNUSABLE_KUBECONFIG` when an entry has both a file and its data
 */
export async function flattenKubeconfig(document: KubeconfigDocument): Promise<KubeconfigDocument> {
  return {
    ...document,
    clusters: await Promise.all(
      document.clusters.map(async (entry) => ({
        ...entry,
        cluster: await inline(
          entry.cluster,
          ['certificate-authority'],
          `cluster ${JSON.stringify(entry.name)}`,
        ),
      })),
    ),
    users: await Promise.all(
      document.users.map(async (entry) => ({
        ...entry,
        user: await inline(
          entry.user,
          ['client-certificate', 'client-key'],
          `user ${JSON.stringify(entry.name)}`,
        ),
      })),
    ),
  }
}

async function inline<Entry extends KubeconfigCluster | KubeconfigUser>(
  entry: Entry,
  fields: readonly string[],
  owner: string,
): Promise<Entry> {
  const flat: Record<string, unknown> = { ...entry }
  for (const field of fields) {
    const file = flat[field]
    if (typeof file !== 'string' || file === '') continue
    if (flat[`${field}-data`]) {
      throw new KubeconfigError(
        'ERR_UNUSABLE_KUBECONFIG',
        `the ${owner} has both ${field} and ${field}-data; remove one of them`,
      )
    }
    flat[`${field}-data`] = (await read(file, field, owner)).toString('base64')
    delete flat[field]
  }
  return flat as Entry
}

async function read(file: string, field: string, owner: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    const message = `the ${field} ${file} of the ${owner} can't be read: ${(cause as Error).message}`
    throw new KubeconfigError('ERR_UNREADABLE', message, { cause })
  }
}
