import type { Cluster } from '@gatehouse/cluster'
import type { Addresses } from './addresses.ts'
import type { StackOptions } from './stack-options.ts'
import type { StateDirectory } from './state-directory.ts'

/** What the recipe of a stack is given: the options of its start, and where to tell what it has. */
export interface Composition extends StackOptions {
  readonly state: StateDirectory
  /** Called as soon as the addresses are chosen. */
  readonly onAddresses: (addresses: Addresses) => void
  /** Called as soon as the cluster is there; whoever hears of it disposes it. */
  readonly onCluster: (cluster: Cluster) => void
}
