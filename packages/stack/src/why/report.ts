import type { Attributes, Explanation, RbacUser } from '@gatehouse/authorization/rbac'

/** The story of one request: who asked what, and what each authority said. */
export interface WhyReport {
  readonly auditId: string
  /** When it came in, or, where only the proxy knows of it, when it was over; ISO 8601. */
  readonly time: string
  /** Undefined when nobody could be made out. */
  readonly user: RbacUser | undefined
  readonly request: {
    /** Method and target as far as they are known; the proxy does not log queries. */
    readonly line: string
    readonly from: string | undefined
    /** Undefined for a request that was refused before it was understood. */
    readonly attributes: Attributes | undefined
  }
  /** Undefined for a request that the proxy has no line of. */
  readonly proxy:
    | {
        readonly decision: 'allowed' | 'denied' | 'refused'
        readonly status: number
        readonly reason: string | undefined
        readonly durationMs: number
      }
    | undefined
  /** Undefined for a request that the API server's audit log does not hold; null where there is no such log to read. */
  readonly apiserver:
    | {
        readonly decision: 'allowed' | 'denied' | undefined
        /** The authorizer's own words. */
        readonly reason: string | undefined
        readonly status: number | undefined
        /** Who asked in the user's name; undefined where the user came directly. */
        readonly impersonator: string | undefined
        /** The answer has begun and is not over: a watch, or a stream. */
        readonly isUnderWay: boolean
      }
    | undefined
    | null
  /** What the roles and bindings that are in the cluster now say; undefined where they were not asked. */
  readonly rbac: Explanation | undefined
  /** What else has to be known to understand it. */
  readonly notes: readonly string[]
}
