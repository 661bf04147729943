import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { pinnedFontsConfiguration } from './bundled.ts'
import { type Environment, findChromium, findPinnedChromium, type FoundChromium } from './find.ts'
import { establishTrust } from './trust.ts'

export interface ChromiumOptions {
  /** Certificate authorities (PEM) to trust. */
  readonly authorities?: readonly string[]
  /** Certificates of servers (PEM) to trust where Chromium can't be told about an authority (no certutil). */
  readonly servers?: readonly string[]
  /** The address at which a name is reached; `*.example.org` is every name below that one. */
  readonly hosts?: Readonly<Record<string, string>>
  /** For pictures: the browser that npm pins, with its own fonts alone, so that a page looks alike everywhere. */
  readonly pinned?: boolean
  /** Default: this process's. The browser gets it with a home of its own. */
  readonly env?: Environment
}

/** A running Chromium; ended, and its home removed, at disposal. */
export interface Chromium extends AsyncDisposable {
  readonly browser: Browser
  readonly found: FoundChromium
}

/** Where Linux has memory that processes share, and how much of it must be free to be worth using, in bytes. */
const SHARED_MEMORY = { path: '/dev/shm', enough: 1024 ** 3 }

/**
 * Starts a headless Chromium with a home of its own that trusts what the options say, and nothing else that it
 * would not have trusted: wrong names, expired certificates and other authorities stay errors. It resolves
 * `*.localhost` to loopback by itself, where `hosts` says nothing else, and asks nobody for anything in the background.
 *
 * @throws BrowserError `ERR_NO_BROWSER`, `ERR_TRUST`
 */
export async function startChromium(options: ChromiumOptions = {}): Promise<Chromium> {
  const { authorities = [], servers = [], hosts = {}, pinned = false, env = process.env } = options
  const found = await (pinned ? findPinnedChromium(env) : findChromium(env))
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'gatehouse-browser-'))
  stack.defer(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))
  const trusting = await establishTrust(home, { authorities, servers }, env)
  const fonts = pinned ? await usePinnedFonts(home, found.path) : {}
  const rules = Object.entries(hosts).map(([name, address]) => `MAP ${name} ${address}`)
  const { chromium: playwright } = await import('playwright-core')
  const browser = await playwright.launch({
    executablePath: found.path,
    headless: true,
    // Chromium's sandbox refuses to work for root, and needs user namespaces that containers forbid.
    chromiumSandbox: false,
    // What a browser that was killed leaves of its temporary files goes with its home.
    env: { ...withoutFolders(env), ...found.env, ...fonts, HOME: home, TMPDIR: home },
    ignoreDefaultArgs: (await hasSharedMemory()) ? ['--disable-dev-shm-usage'] : [],
    args: [
      ...trusting,
      ...(rules.length === 0 ? [] : [`--host-resolver-rules=${rules.join(',')}`]),
      '--disable-domain-reliability',
      '--no-pings',
    ],
  })
  stack.defer(() => browser.close())
  const resources = stack.move()
  return { browser, found, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/**
 * Playwright makes Chromium share its memory by files of the disk, since many containers have little else and pages
 * crash there. Where there is enough, that costs a tenth of the browser's time for nothing.
 */
async function hasSharedMemory(): Promise<boolean> {
  const { bavail, bsize } = await statfs(SHARED_MEMORY.path).catch(() => ({ bavail: 0, bsize: 0 }))
  return bavail * bsize >= SHARED_MEMORY.enough
}

async function usePinnedFonts(home: string, executable: string): Promise<Record<string, string>> {
  const FONTCONFIG_FILE = join(home, 'fonts.conf')
  await writeFile(FONTCONFIG_FILE, pinnedFontsConfiguration(executable))
  return { FONTCONFIG_FILE }
}

/** XDG's folders would lead the browser out of its home. */
function withoutFolders(env: Environment): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^XDG_\w+_HOME$/.test(entry[0]),
  )
  return Object.fromEntries(kept)
}
