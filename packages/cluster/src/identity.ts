import { ClusterError } from './errors.ts'
import type { ClusterIdentity } from './provider.ts'

/**
 * Refuses identities that stand for the cluster itself: names in `system:` carry rights that Kubernetes (and
 * this harness, for its own clients) binds to them, above all the group `system:masters`. Reports every
 * problem at once.
 *
 * @throws ClusterError `ERR_RESERVED_IDENTITY`
 */
export function assertOrdinaryIdentity({ user, groups = [] }: ClusterIdentity): void {
  const problems = [
    ...problemsOf('user', user),
    ...groups.flatMap((group, index) => problemsOf(`groups[${index}]`, group)),
  ]
  if (problems.length > 0) {
    throw new ClusterError(
      'ERR_RESERVED_IDENTITY',
      `no kubeconfig is made for this identity: ${problems.join('; ')}`,
    )
  }
}

function problemsOf(where: string, name: string): string[] {
  if (name === '') return [`${where} is empty`]
  // X.509 readers disagree on padding and control characters, so a name must not need them.
  if (name.trim() !== name || /\p{Cc}/u.test(name)) return [`${where} is padded or holds a control character`]
  if (name.toLowerCase().startsWith('system:')) {
    return [`${where} "${name}" is reserved: names in system: belong to the cluster, choose another`]
  }
  return []
}
