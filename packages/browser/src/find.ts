import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { unpackChromium } from './bundled.ts'
import { BrowserError } from './errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A Chromium that can be started, and who brought it. */
export interface FoundChromium {
  readonly path: string
  readonly by: 'PLAYWRIGHT_CHROMIUM_PATH' | 'system' | 'playwright' | '@sparticuz/chromium'
  /** What this one needs in its environment. */
  readonly env: Readonly<Record<string, string>>
}

const VARIABLE = 'PLAYWRIGHT_CHROMIUM_PATH'
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const MAC_APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/**
 * The first there is of: what PLAYWRIGHT_CHROMIUM_PATH names (that one or none), Chromium or Chrome of the
 * system, the one that `playwright install` brought, the one of the npm package @sparticuz/chromium.
 *
 * @throws BrowserError `ERR_NO_BROWSER`
 */
export async function findChromium(env: Environment): Promise<FoundChromium> {
  const named = env[VARIABLE]
  if (named) {
    if (await isExecutable(named)) return { path: named, by: VARIABLE, env: {} }
    throw new BrowserError(
      'ERR_NO_BROWSER',
      `${VARIABLE} names ${named}, where no executable is: correct or unset it`,
    )
  }
  const system = await firstExecutable(systemPlaces(env))
  if (system) return { path: system, by: 'system', env: {} }
  // Loaded by whom needs it: it is large, and no other command should wait for it.
  const { chromium: playwright } = await import('playwright-core')
  const installed = playwright.executablePath()
  if (installed && (await isExecutable(installed))) return { path: installed, by: 'playwright', env: {} }
  const pinned = await bundledChromium(env)
  if (pinned) return pinned
  throw new BrowserError(
    'ERR_NO_BROWSER',
    `no Chromium was found: ${VARIABLE} is not set, PATH has none of ${PROGRAMS.join(', ')}, playwright has ` +
      `installed none, and the npm package has one for Linux x64 only, not for ${process.platform} ` +
      `${process.arch}. Install Chromium or Chrome, or set ${VARIABLE} to the path of one`,
  )
}

/**
 * The one of the npm package, whatever else there is: the same on each machine that has it.
 *
 * @throws BrowserError `ERR_NO_BROWSER`
 */
export async function findPinnedChromium(env: Environment): Promise<FoundChromium> {
  const pinned = await bundledChromium(env)
  if (pinned) return pinned
  throw new BrowserError(
    'ERR_NO_BROWSER',
    `the npm package has a Chromium for Linux x64 only, not for ${process.platform} ${process.arch}`,
  )
}

async function bundledChromium(env: Environment): Promise<FoundChromium | undefined> {
  const unpacked = await unpackChromium(env)
  return unpacked && { ...unpacked, by: '@sparticuz/chromium' }
}

function systemPlaces({ PATH = '' }: Environment): string[] {
  const folders = PATH.split(delimiter).filter(Boolean)
  const programs = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)))
  return process.platform === 'darwin' ? [...programs, ...MAC_APPLICATIONS] : programs
}

async function firstExecutable(places: readonly string[]): Promise<string | undefined> {
  for (const place of places) if (await isExecutable(place)) return place
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
