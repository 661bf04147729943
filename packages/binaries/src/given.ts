import { access, constants } from 'node:fs/promises'
import { BinariesError } from './errors.ts'
import type { GivenPath, Plan } from './plan.ts'
import { reportedVersion } from './reported-version.ts'

/** What came of a place: the executable, or a sentence that says why it was not taken. */
export type Outcome = { readonly path: string } | { readonly missed: string }

/**
 * Looks at one place that somebody named. A binding one must hold the right version.
 *
 * @throws BinariesError `ERR_NOT_EXECUTABLE`, `ERR_WRONG_VERSION`: what a binding place holds can't be used
 */
export async function tryGivenPath(given: GivenPath, plan: Plan, signal: AbortSignal): Promise<Outcome> {
  const { name, version } = plan
  const miss = (
    code: 'ERR_NOT_EXECUTABLE' | 'ERR_WRONG_VERSION',
    finding: string,
    cause?: unknown,
  ): Outcome => {
    if (!given.binding) return { missed: finding }
    throw new BinariesError(
      code,
      `${given.by}: ${finding}. Name ${name} ${version}, or nothing to have it found or built.`,
      { binary: name, cause },
    )
  }
  try {
    await access(given.path, constants.X_OK)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    return miss(
      'ERR_NOT_EXECUTABLE',
      `${given.path} ${missing ? 'is not there' : 'is not executable'}`,
      cause,
    )
  }
  let found: string
  try {
    found = await reportedVersion(given.path, plan.binary, signal)
  } catch (error) {
    if (!(error instanceof BinariesError)) throw error
    return miss('ERR_NOT_EXECUTABLE', error.message, error)
  }
  if (found !== version) return miss('ERR_WRONG_VERSION', `${given.path} is ${found}, not ${version}`)
  return { path: given.path }
}
