import { createHash } from 'node:crypto'
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

/** The groups without repetition, and a name for the identity that can name a file and tells two of them apart. Pure. */
export function distinct({ user, groups = [] }: ClusterIdentity): { groups: string[]; digest: string } {
  const sorted = [...new Set(groups)].toSorted()
  const hash = createHash('sha256').update(JSON.stringify([user, sorted]))
  return { groups: sorted, digest: hash.digest('hex').slice(0, 16) }
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
