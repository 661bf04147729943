import { usableGo } from './build.ts'
import { lookIntoCache } from './cache.ts'
import { type BinaryName, binaryNames } from './catalogue.ts'
import { BinariesError } from './errors.ts'
import { tryGivenPath } from './given.ts'
import { type Environment, pathVariable, type Plan, planFor } from './plan.ts'
import { platformOf } from './platform.ts'
import { pinnedChecksums } from './versions.ts'

/** How one executable would be got now; nothing was fetched, built or changed to find that out. */
export type Inspection = { readonly name: BinaryName; readonly version: string } & (
  | { readonly state: 'found'; readonly path: string; readonly source: 'explicit' | 'cache' }
  /** It is not here; the first way that works of `download` and `build` will get it. */
  | {
      readonly state: 'obtainable'
      readonly download: string | undefined
      readonly build: string | undefined
    }
  /** Neither here nor to be got, or what is here can't be used; `reason` says why, in one or more lines. */
  | { readonly state: 'unusable'; readonly reason: string; readonly variable: string }
)

export interface InspectOptions {
  readonly env: Environment
  /** Instead of $XDG_CACHE_HOME/gatehouse. */
  readonly cacheDirectory?: string
  readonly signal: AbortSignal
}

/**
 * Says for every executable where `resolveBinaries` would find it, or what it would do to get it. Whether a
 * download's host can be reached is not tried.
 *
 * @throws BinariesError `ERR_UNSUPPORTED_PLATFORM`, `ERR_INVALID_OPTION`
 */
export async function inspectBinaries(options: InspectOptions): Promise<readonly Inspection[]> {
  const { env, cacheDirectory, signal } = options
  const platform = platformOf(process.platform, process.arch)
  const checksums = await pinnedChecksums(env['GATEHOUSE_CHECKSUMS'] || undefined)
  const go = await usableGo(env, signal).then(
    (version) => ({ version }),
    (error: unknown) => {
      if (error instanceof BinariesError) return { missed: error.message }
      throw error
    },
  )
  const plans = binaryNames.map((name) =>
    planFor(name, { env, explicit: {}, cacheDirectory, platform, checksums }),
  )
  return Promise.all(plans.map((plan) => inspect(plan, go, signal)))
}

async function inspect(
  plan: Plan,
  go: { version: string } | { missed: string },
  signal: AbortSignal,
): Promise<Inspection> {
  const { name, version, download } = plan
  const unusable = (reason: string) => ({
    name,
    version,
    state: 'unusable' as const,
    reason,
    variable: pathVariable(name),
  })
  try {
    for (const given of plan.given) {
      const outcome = await tryGivenPath(given, plan, signal)
      if ('path' in outcome) return { name, version, state: 'found', path: outcome.path, source: 'explicit' }
    }
    const outcome = await lookIntoCache(plan.cached, version)
    if ('path' in outcome) return { name, version, state: 'found', path: outcome.path, source: 'cache' }
  } catch (error) {
    if (error instanceof BinariesError) return unusable(error.message)
    throw error
  }
  if ('refused' in download && 'missed' in go) return unusable(`${download.refused}, and ${go.missed}`)
  return {
    name,
    version,
    state: 'obtainable',
    download: 'url' in download ? download.url : undefined,
    build: 'version' in go ? go.version : undefined,
  }
}
