import type { Workplace } from './gatehouse.ts'

/**
 * Where everybody is told the same: stacks on an embedded cluster and on kind, one in containers (which has an
 * embedded cluster), and one in a kind cluster.
 */
export type Provider = 'embedded' | 'kind' | 'compose' | 'in-cluster'

/** An image that a node of kind has. It serves port 80; a cluster that plays its pods never looks for it. */
export const POD_IMAGE = 'gatehouse/toolbox:v1'

/** What a pod of `POD_IMAGE` shows of itself: kwok plays it, a real kubelet runs it. */
interface PodTraits {
  /** Who its commands are. */
  readonly user: string
  readonly log: RegExp
  readonly page: RegExp
  /** How kubectl ends when a command in it ends with 3. */
  readonly failure: { readonly exitCode: number; readonly stderr: string }
}

const real: PodTraits = {
  user: 'root',
  log: /^serving port 80/,
  page: /^toolbox$/m,
  failure: { exitCode: 3, stderr: 'command terminated with exit code 3' },
}

const played: PodTraits = {
  user: 'nobody',
  log: /^This pod runs on an embedded Gatehouse cluster/,
  page: /^A pod of an embedded Gatehouse cluster/,
  // kwok reports every failure of a command as an internal error; the exit code is in its words only.
  failure: { exitCode: 1, stderr: 'exit status 3' },
}

const PODS: Readonly<Record<Provider, PodTraits>> = {
  embedded: played,
  kind: real,
  compose: played,
  'in-cluster': real,
}

export function podTraits({ status }: Pick<Workplace, 'status'>): PodTraits {
  return PODS[status.cluster?.provider as Provider]
}
