/** A question about readiness; false or a rejection means "not ready". */
export type Check = () => boolean | Promise<boolean>

export interface CheckResult {
  readonly name: string
  readonly ok: boolean
  /** Why not, for the log; never sent to a client. */
  readonly reason: string | undefined
}

/** A check that takes longer counts as failed; probes have a deadline too. */
const CHECK_TIMEOUT_MS = 2000

/** Asks all `checks` at once; never rejects. Results stand in the order of `checks`. */
export async function runChecks(
  checks: Readonly<Record<string, Check>>,
  timeoutMs = CHECK_TIMEOUT_MS,
): Promise<CheckResult[]> {
  return Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<CheckResult> => {
      const late = Promise.withResolvers<false>()
      const timer = setTimeout(() => late.reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
      try {
        const ok = await Promise.race([check(), late.promise])
        return { name, ok, reason: ok ? undefined : 'the check said no' }
      } catch (error) {
        return { name, ok: false, reason: error instanceof Error ? error.message : String(error) }
      } finally {
        clearTimeout(timer)
      }
    }),
  )
}

/** The body of a health endpoint, in the form of kube-apiserver's `/readyz?verbose`. Pure. */
export function describeChecks(endpoint: string, results: readonly CheckResult[]): string {
  const lines = results.map(({ name, ok }) => (ok ? `[+]${name} ok` : `[-]${name} failed: reason withheld`))
  const verdict = results.every(({ ok }) => ok) ? 'passed' : 'failed'
  return [...lines, `${endpoint} check ${verdict}`, ''].join('\n')
}
