import { tryCached } from './cache.ts'
import { type BinaryName, binaryNames } from './catalogue.ts'
import { BinariesError } from './errors.ts'
import { tryGivenPath } from './given.ts'
import { type Environment, type Plan, planFor } from './plan.ts'
import { platformOf } from './platform.ts'
import type { Progress, Report } from './progress.ts'
import { done, type ResolvedBinary } from './resolved.ts'
import type { Attempt } from './unavailable.ts'
import { pinnedChecksums } from './versions.ts'

export interface ResolveOptions {
  /** Read for GATEHOUSE_*, KUBEBUILDER_ASSETS, XDG_CACHE_HOME and proxy settings; `go` gets all of it. */
  readonly env: Environment
  /** Paths that must be taken. */
  readonly explicit?: Readonly<Partial<Record<BinaryName, string>>>
  /** Instead of $XDG_CACHE_HOME/gatehouse. */
  readonly cacheDirectory?: string
  /** An abort ends downloads and builds and their processes, and rejects with its reason. */
  readonly signal: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/**
 * Finds the executables `names`: first found wins, each on its own: given paths, cache, official release with
 * a pinned checksum, build from Go modules. What is missing is fetched one at a time, the longest build first.
 *
 * @throws BinariesError
 */
export async function resolveBinaries<const N extends BinaryName>(
  names: readonly N[],
  options: ResolveOptions,
): Promise<Record<N, ResolvedBinary>> {
  const { env, explicit = {}, cacheDirectory, signal, onProgress } = options
  signal.throwIfAborted()
  assertKnown(names)
  const platform = platformOf(process.platform, process.arch)
  const checksums = await pinnedChecksums(env['GATEHOUSE_CHECKSUMS'] || undefined)
  const wanted = binaryNames.filter((name) => names.some((asked) => asked === name))
  const plans = wanted.map((name) => planFor(name, { env, explicit, cacheDirectory, platform, checksums }))
  const reportFor =
    (binary: BinaryName): Report =>
    (step) =>
      onProgress?.({ binary, ...step })

  const looks = await Promise.allSettled(plans.map((plan) => look(plan, reportFor(plan.name), signal)))
  const failures = looks.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  signal.throwIfAborted()
  if (failures.length > 0) throw combined(failures)
  const looked = looks.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))

  const resolved: Partial<Record<BinaryName, ResolvedBinary>> = {}
  for (const { plan, found } of looked) if (found) resolved[plan.name] = found
  const missing = looked.filter(({ found }) => found === undefined)
  if (missing.length > 0) {
    // Nearly every start finds all of them, and does not wait for what downloads and builds need.
    const [{ openHttp }, { obtain }] = await Promise.all([import('./http.ts'), import('./obtain.ts')])
    await using http = openHttp(env)
    for (const { plan, attempts } of missing) {
      const tools = { env, platform, http, signal, report: reportFor(plan.name) }
      resolved[plan.name] = await obtain(plan, attempts, tools)
    }
  }
  // Every name asked for has been put there by now.
  return resolved as Record<N, ResolvedBinary>
}

interface Looked {
  readonly plan: Plan
  readonly found: ResolvedBinary | undefined
  readonly attempts: readonly Attempt[]
}

/** The quick steps: given paths and the cache. */
async function look(plan: Plan, report: Report, signal: AbortSignal): Promise<Looked> {
  const attempts: Attempt[] = []
  for (const given of plan.given) {
    report({ phase: 'check', message: `checking ${given.path} (${given.by})` })
    const outcome = await tryGivenPath(given, plan, signal)
    if ('path' in outcome) return { plan, found: done(plan, outcome.path, 'explicit', report), attempts }
    report({ phase: 'check', message: `${given.by} is passed over: ${outcome.missed}` })
    attempts.push({ step: given.by, outcome: outcome.missed })
  }
  const outcome = await tryCached(plan.cached, plan.version)
  if ('path' in outcome) return { plan, found: done(plan, outcome.path, 'cache', report), attempts }
  attempts.push({ step: 'cache', outcome: outcome.missed })
  return { plan, found: undefined, attempts }
}

function assertKnown(names: readonly string[]): void {
  const unknown = names.filter((name) => !binaryNames.some((known) => known === name))
  if (unknown.length === 0) return
  throw new BinariesError(
    'ERR_UNKNOWN_BINARY',
    `unknown: ${unknown.join(', ')}; these are known: ${binaryNames.join(', ')}`,
  )
}

/** Everything that is wrong with what the user gave, in one message. */
function combined(failures: readonly unknown[]): unknown {
  const [first] = failures
  if (failures.length === 1 || !(first instanceof BinariesError)) return first
  const messages = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)))
  return new BinariesError(first.code, messages.join('\n'), { cause: new AggregateError(failures) })
}
