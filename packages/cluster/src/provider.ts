import type { Progress } from '@gatehouse/binaries'
import type { Supervisor } from '@gatehouse/supervisor'

/** The environment variables that the caller lets a provider see. */
export type Environment = Readonly<Record<string, string | undefined>>

/** One way to get a Kubernetes cluster. All of them pass the same test suite. */
export interface ClusterProvider {
  readonly name: 'embedded' | 'kind' | 'existing'
  /** Fetches what `start` needs (executables); `start` does so by itself when this was not called. */
  readonly prepare: (options: PrepareOptions) => Promise<void>
  /**
   * Starts the cluster and resolves when it is ready for use. What was started belongs to the supervisor,
   * also when this rejects: `supervisor.stop()` ends it.
   *
   * @throws ClusterError, SupervisorError (a process ended or never got healthy), BinariesError, PkiError
   */
  readonly start: (options: ClusterOptions) => Promise<Cluster>
}

export interface PrepareOptions {
  readonly env: Environment
  readonly signal: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

export interface ClusterOptions {
  /** A DNS label; the cluster's name in kubeconfigs. */
  readonly name: string
  /** Absolute; everything of the cluster is kept here over restarts. Made with mode 0700. */
  readonly directory: string
  readonly apiserver: {
    readonly host: string
    readonly port: number
    /** DNS names and IP addresses, besides the usual ones, that the API server's certificate covers. */
    readonly extraNames?: readonly string[]
  }
  /** An `apiserver.config.k8s.io/v1` AuthenticationConfiguration; its `anonymous` is replaced. */
  readonly authentication?: object
  readonly supervisor: Supervisor
  /** Supervised processes that the API server waits for, for instance an issuer. */
  readonly dependsOn?: readonly string[]
  readonly env: Environment
  readonly signal: AbortSignal
  readonly onProgress?: (progress: ClusterProgress) => void
}

/** A step of the start that is done. */
export interface ClusterProgress {
  readonly message: string
  /** Milliseconds since `start` was called. */
  readonly elapsedMs: number
}

/** A running cluster. Disposing it closes its connections; its processes belong to the supervisor. */
export interface Cluster extends AsyncDisposable {
  /** https URL of the API server. */
  readonly server: string
  /** PEM of the authority that signed the API server's certificate. */
  readonly certificateAuthority: string
  /** Path of a kubeconfig (0600) whose user may do everything. */
  readonly adminKubeconfig: string
  /** Path of the audit log: one JSON event a line, metadata only; undefined where there is none. */
  readonly auditLog: string | undefined
  /** Path of the real kubectl. */
  readonly kubectl: string
  /** False where the API server does not accept the tokens of the issuers in `authentication`; true when absent. */
  readonly issuerTrusted?: boolean
  /** An image that is on the nodes already, and serves port 80; undefined where there is none that is known. */
  readonly podImage?: string | undefined
  /** Whether exec, attach and port-forward work, and if not, why. */
  readonly exec: { readonly available: true } | { readonly available: false; readonly reason: string }
  /**
   * Path of a kubeconfig (0600) with a client certificate for someone who has no rights until RBAC gives
   * some.
   *
   * @throws ClusterError `ERR_RESERVED_IDENTITY` for an empty name or one in `system:`
   */
  readonly kubeconfigFor: (identity: ClusterIdentity) => Promise<string>
}

export interface ClusterIdentity {
  readonly user: string
  readonly groups?: readonly string[]
}
