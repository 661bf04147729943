import type { ProcessState } from '@gatehouse/supervisor'

/** The phase of a stack as a whole. */
export type StackPhase = 'starting' | 'running' | 'stopping'

/** What `gatehouse status --json` prints. Times are milliseconds since the epoch. */
export interface StackStatus {
  readonly name: string
  readonly phase: StackPhase
  /** The process that owns the stack. */
  readonly pid: number
  readonly startedAt: number
  /** How long it took from the start until everything was healthy, in seconds. */
  readonly healthyAfterSeconds: number | undefined
  readonly issuer: string
  readonly urls: Readonly<Record<string, string>>
  readonly certificateAuthorityFile: string
  readonly cluster: ClusterStatus | undefined
  readonly people: readonly { readonly email: string; readonly groups: readonly string[] }[]
  readonly processes: readonly ProcessState[]
}

interface ClusterStatus {
  readonly provider: string
  readonly server: string
  /** The authority (PEM) that signed the API server's certificate. */
  readonly certificateAuthorityFile: string
  readonly kubectl: string
  /** The kubeconfig (0600) of somebody who may do everything. */
  readonly adminKubeconfig: string
  readonly auditLog: string | undefined
  /** Why exec, attach and port-forward are off, if they are. */
  readonly execUnavailable: string | undefined
  /** An image that is on the nodes already, where one is known. */
  readonly podImage?: string | undefined
  /** Whether the API server itself takes dex's tokens; where not, the proxy alone does. */
  readonly issuerTrusted: boolean
}
