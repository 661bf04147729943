import type { PlannedQuestion } from '../plan/questions.ts'
import type { Evidence, Result } from '../result.ts'
import type { WireContext } from '../request/wire.ts'

/** A persona that has logged in. */
export interface LoggedIn {
  readonly id: string
  /** The name at the API server, from a SelfSubjectReview. */
  readonly username: string
  readonly groups: readonly string[]
  readonly credential: Credential
}

/** How a persona proves who it is. */
export type Credential =
  | { readonly token: string }
  | { readonly clientCertificate: string; readonly clientKey: string }

/** What a way in answered, before anything is said about whether that is right. */
export interface PathAnswer {
  readonly result: Result
  /** Without an Audit-ID where nothing was requested: what a page offers, and what it does not. */
  readonly evidence: Omit<Evidence, 'attempts' | 'audited'>
  /** Where asking again may help: the connection failed, or 429; in milliseconds from now. */
  readonly retryAfterMs?: number
}

/** A way into the cluster, by which questions are asked. */
export interface Path extends AsyncDisposable {
  /** Its name in specs and results. */
  readonly id: string
  /** Where it leads, for people. */
  readonly server: string
  /** Whether requests reach the API server as the persona itself, and not by somebody who impersonates it. */
  readonly isDirect: boolean
  /** Whether some of its answers are no requests, but what a page offers; no log can have those. */
  readonly answersByOffers?: boolean
  /** How many questions it takes at one time. */
  readonly concurrency: number
  /** Whether it has a way to ask this; `isExplicit`: a rule is about it, and not only the default. */
  readonly canAsk: (planned: PlannedQuestion, isExplicit: boolean) => boolean
  /**
   * Asks. What goes wrong on the way is an inconclusive answer, no rejection, but where `signal` is aborted.
   */
  readonly ask: (asked: {
    readonly planned: PlannedQuestion
    readonly persona: LoggedIn
    /** Under which the request is to be logged, where the way in lets its client choose. */
    readonly auditId: string
    readonly context: WireContext
    readonly signal: AbortSignal
  }) => Promise<PathAnswer>
}
