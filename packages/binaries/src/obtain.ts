import { chmod, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { buildFromModules } from './build.ts'
import { prepareCache, putIntoCache, tryCached, workDirectoryFor } from './cache.ts'
import { downloadArtifact, unpack } from './download.ts'
import { BinariesError } from './errors.ts'
import type { Http } from './http.ts'
import { acquireLock } from './lock.ts'
import type { Environment, Plan } from './plan.ts'
import type { Platform } from './platform.ts'
import type { Report } from './progress.ts'
import { reportedVersion } from './reported-version.ts'
import { done, type ResolvedBinary } from './resolved.ts'
import { type Attempt, unavailable } from './unavailable.ts'

interface Tools {
  readonly env: Environment
  readonly platform: Platform
  readonly http: Http
  readonly signal: AbortSignal
  readonly report: Report
}

/**
 * Takes the slow steps, download and then build, in one process at a time. What was looked for `before` is told
 * in the error when both fail.
 *
 * @throws BinariesError `ERR_UNAVAILABLE`, `ERR_CACHE`
 */
export async function obtain(plan: Plan, before: readonly Attempt[], tools: Tools): Promise<ResolvedBinary> {
  const { name, version, cached } = plan
  const { report } = tools
  await prepareCache(dirname(cached))
  const onWait = () =>
    report({ phase: 'check', message: `another process is fetching ${name} ${version}; waiting for it` })
  await using lock = await acquireLock(`${cached}.lock`, { signal: tools.signal, onWait })
  const meanwhile = await tryCached(cached, version)
  if ('path' in meanwhile) return done(plan, meanwhile.path, 'cache', report)

  const signal = AbortSignal.any([tools.signal, lock.lost])
  await using work = await workDirectoryFor(cached)
  const steps = [
    { step: 'download', source: 'download', run: downloaded },
    { step: 'build', source: 'built', run: built },
  ] as const
  const attempts = [...before]
  for (const { step, source, run } of steps) {
    try {
      const temporary = await run(plan, work.path, { ...tools, signal })
      await assertVersion(temporary, plan, signal)
      await putIntoCache(temporary, cached, version)
      await rm(partialDownload(plan), { force: true })
      return done(plan, cached, source, report)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof BinariesError)) throw error
      attempts.push({ step, outcome: error.message })
      report({ phase: 'check', message: `no ${step}: ${error.message.split('\n', 1)[0]}` })
    }
  }
  throw unavailable(plan, attempts)
}

async function downloaded(
  plan: Plan,
  workDirectory: string,
  { http, signal, report }: Tools,
): Promise<string> {
  const artifact = plan.download
  if ('refused' in artifact) throw new BinariesError('ERR_DOWNLOAD', artifact.refused)
  const message = `downloading ${artifact.url}`
  report({ phase: 'download', fraction: 0, message })
  const file = join(workDirectory, artifact.member === undefined ? plan.name : 'archive.tar.gz')
  await downloadArtifact(artifact, file, {
    http,
    partialFile: partialDownload(plan),
    signal,
    onFraction: (fraction) => report({ phase: 'download', fraction, message }),
  })
  return artifact.member === undefined ? file : await unpack(file, artifact.member)
}

/** Outlives an interrupted download, so that the next one goes on from there. */
function partialDownload({ cached, name }: Plan): string {
  return join(dirname(cached), `.${name}.partial`)
}

async function built(plan: Plan, workDirectory: string, tools: Tools): Promise<string> {
  return buildFromModules(plan.name, plan.binary, { ...tools, workDirectory })
}

/** What was downloaded or built must say itself that it is the pinned version. */
async function assertVersion(file: string, { binary, version }: Plan, signal: AbortSignal): Promise<void> {
  await chmod(file, 0o755)
  const found = await reportedVersion(file, binary, signal)
  if (found !== version) throw new BinariesError('ERR_WRONG_VERSION', `it is ${found}, not ${version}`)
}
