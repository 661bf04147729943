import type { Supervisor } from '@gatehouse/supervisor'
import type { Configuration } from './configuration.ts'
import type { ServiceName } from './services/names.ts'

export interface StackOptions {
  readonly name: string
  readonly configuration: Configuration
  /** The directory of all stacks; see `stateRoot`. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** How the gatehouse command is started from any shell, for kubeconfigs that log in; by its name when absent. */
  readonly command?: readonly [string, ...string[]]
  readonly signal: AbortSignal
  /** The supervisor is the caller's to listen to, for crashes and for showing progress. */
  readonly supervisor: Supervisor
  readonly onProgress?: (progress: StackProgress) => void
  /** Something that a person should read: what to do by hand, what came of a change. */
  readonly onNotice?: (sentence: string) => void
  /** Forget the data of the last start (the cluster's and dex's) before this one. */
  readonly fresh?: boolean
  /** Services that somebody runs by hand; the stack writes their configuration and waits for them. */
  readonly without?: readonly ServiceName[]
  /** Restart a service when its source changes. */
  readonly watch?: boolean
  /** Leave the node of a kind cluster that failed to start, to look into it. */
  readonly retain?: boolean
  /** Write to an existing cluster what the stack needs there; without this it is only read. */
  readonly write?: boolean
}

/** One step of a start, for people; `fraction`, from 0 to 1, where it can be known. */
export interface StackProgress {
  readonly message: string
  readonly fraction?: number
}
