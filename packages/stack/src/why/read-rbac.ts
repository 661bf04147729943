import { join } from 'node:path'
import type { RbacObjects } from '@gatehouse/authorization/rbac'
import { execa } from 'execa'
import { StackError } from '../errors.ts'
import type { StateDirectory } from '../state-directory.ts'
import type { StackStatus } from '../status.ts'

const GROUP = 'rbac.authorization.k8s.io'
const KINDS = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']

export interface RbacSource {
  readonly cluster: NonNullable<StackStatus['cluster']>
  readonly state: StateDirectory
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/**
 * Every role and binding, read as the administrator with the real kubectl: an existing cluster's kubeconfig may
 * need plugins.
 *
 * @throws StackError `ERR_RBAC` with kubectl's own words
 */
export async function readRbac({ cluster, state, env, signal }: RbacSource): Promise<RbacObjects> {
  const { kubectl, adminKubeconfig } = cluster
  const kinds = KINDS.map((kind) => `${kind}.${GROUP}`).join(',')
  const args = [
    'get',
    kinds,
    '--all-namespaces',
    '--output=json',
    `--kubeconfig=${adminKubeconfig}`,
    `--cache-dir=${join(state.data, 'kubectl-cache')}`,
  ]
  const result = await execa(kubectl, args, {
    // A kuberc file could give the command other defaults.
    env: { ...env, KUBERC: 'off' },
    extendEnv: false,
    cancelSignal: signal,
    stdin: 'ignore',
    maxBuffer: 256 * 1024 * 1024,
    reject: false,
  })
  signal.throwIfAborted()
  if (result.failed)
    throw new StackError('ERR_RBAC', result.stderr || (result.shortMessage ?? 'kubectl failed'))
  const { items } = JSON.parse(result.stdout) as { items: { kind: string }[] }
  const ofKind = <T>(kind: string) => items.filter((item) => item.kind === kind) as unknown as T[]
  return {
    roles: ofKind('Role'),
    clusterRoles: ofKind('ClusterRole'),
    roleBindings: ofKind('RoleBinding'),
    clusterRoleBindings: ofKind('ClusterRoleBinding'),
  }
}
