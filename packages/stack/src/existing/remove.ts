import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeRights, existingProvider, nameOf, type Removal } from '@gatehouse/cluster'
import { Supervisor } from '@gatehouse/supervisor'
import { StackError } from '../errors.ts'
import { stateDirectory } from '../state-directory.ts'
import { readRemembered } from './remembered.ts'

export interface RemoveOptions {
  readonly root: string
  readonly name: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/**
 * Removes everything that the stack `name` created on the existing cluster it was last started on, and nothing
 * else; what it did, as lines for people.
 *
 * @throws StackError `ERR_CLUSTER_REMOVAL` when the cluster is not known, is another one now, or does not allow it,
 *   and when something had to stay
 */
export async function removeFromCluster({ root, name, env, signal }: RemoveOptions): Promise<string[]> {
  const remembered = await readRemembered(stateDirectory(root, name))
  if (!remembered) {
    throw new StackError(
      'ERR_CLUSTER_REMOVAL',
      `the stack "${name}" was never started on an existing cluster, as far as its state directory knows; what any stack wrote somewhere can be listed with: kubectl get all,namespaces,clusterroles,clusterrolebindings -A -l app.kubernetes.io/managed-by=gatehouse`,
    )
  }
  const { id, kubeconfig, context, server } = remembered
  await using directory = await temporaryDirectory()
  const supervisor = new Supervisor()
  await using cluster = await existingProvider({ kubeconfig, context }).start({
    name,
    directory: directory.path,
    apiserver: { host: '127.0.0.1', port: 0 },
    supervisor,
    env,
    signal,
  })
  if (cluster.server !== server) {
    throw new StackError(
      'ERR_CLUSTER_REMOVAL',
      `nothing was removed: the context "${context}" of ${kubeconfig} is ${cluster.server} now, and the stack was started on ${server}; correct the kubeconfig and try again`,
    )
  }
  return report(await cluster.remove(id, signal), context)
}

function report({ removed, kept, missingRights, unseen }: Removal, context: string): string[] {
  if (missingRights.length > 0) {
    const rights = describeRights(missingRights).map((line) => `  ${line}`)
    throw new StackError(
      'ERR_CLUSTER_REMOVAL',
      ['nothing was removed, since you lack these rights:', ...rights].join('\n'),
    )
  }
  const lines = removed.map((object) => `${context}: removed ${nameOf(object)}`)
  if (removed.length === 0 && kept.length === 0) {
    lines.push(`${context}: the stack has created nothing that is still there`)
  }
  if (unseen.length > 0) {
    lines.push(
      `${context}: you may not list ${unseen.join(', ')}; if the stack created such objects, they are left`,
    )
  }
  if (kept.length === 0) return lines
  const held = kept.flatMap(({ object, holds }) => [
    `  ${nameOf(object)}, because of`,
    ...holds.map((inside) => `    ${nameOf(inside)}`),
  ])
  throw new StackError(
    'ERR_CLUSTER_REMOVAL',
    [...lines, 'kept, since others made something in it:', ...held, 'remove that, and run this again'].join(
      '\n',
    ),
  )
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-remove-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
