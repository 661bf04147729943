import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import type { Check, DoctorContext } from './context.ts'
import { type Judgement, ok, skipped, warning } from './finding.ts'

/** A place of a browser, who names it, and what it said when it was asked for its version. */
export interface BrowserAnswer {
  readonly path: string
  readonly by: string
  readonly version?: string
  readonly problem?: string
}

const VARIABLE = 'PLAYWRIGHT_CHROMIUM_PATH'
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const MAC_APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

export const browserCheck: Check = {
  name: 'browser',
  run: async (context) => {
    const place = await findBrowser(context.env)
    return [judgeBrowser(place && (await askBrowser(place, context)))]
  },
}

/** Only tests of the way in with a browser need one. Pure. */
export function judgeBrowser(answer: BrowserAnswer | undefined): Judgement {
  const remedy = `Install Chromium or Chrome, or set ${VARIABLE} to the path of one, where tests are to use it`
  if (!answer) {
    return skipped(
      'no Chromium or Chrome was found; only tests need one, and on Linux x64 they bring it',
      remedy,
    )
  }
  if (answer.version) return ok(`${answer.version} (${answer.by}): ${answer.path}`)
  const said = `${answer.path} (${answer.by}) can't be used: ${answer.problem ?? 'it told no version'}`
  return answer.by === VARIABLE ? warning(said, `Correct or unset ${VARIABLE}`) : skipped(said, remedy)
}

/** What the variable names comes first, even when nothing is there: somebody wants that one and no other. */
async function findBrowser(env: DoctorContext['env']): Promise<{ path: string; by: string } | undefined> {
  const named = env[VARIABLE]
  if (named) return { path: named, by: VARIABLE }
  const directories = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const places = [
    ...PROGRAMS.flatMap((program) => directories.map((directory) => join(directory, program))),
    ...MAC_APPLICATIONS,
  ]
  for (const path of places) {
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return { path, by: 'PATH' }
  }
  return undefined
}

async function askBrowser(
  place: { path: string; by: string },
  { env, signal }: DoctorContext,
): Promise<BrowserAnswer> {
  const result = await execa(place.path, ['--version'], {
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: 10_000,
    cancelSignal: signal,
    reject: false,
  })
  const version = result.failed ? '' : result.stdout.trim()
  return version ? { ...place, version } : { ...place, problem: result.shortMessage ?? 'it told no version' }
}
