import { createHash, X509Certificate } from 'node:crypto'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import chromium from '@sparticuz/chromium'
import { type Browser, chromium as playwright } from 'playwright-core'

/** The names under which systems have a Chromium. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/**
 * Starts a headless Chromium: the one of PLAYWRIGHT_CHROMIUM_PATH, one of the system, or the one that
 * @sparticuz/chromium brings, which needs nothing else. It trusts these certificates (PEM, of
 * servers), and no other that it would not have trusted.
 */
export async function startChromium(
  certificates: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Browser> {
  const own = env['PLAYWRIGHT_CHROMIUM_PATH'] ?? (await systemChromium(env['PATH']))
  return playwright.launch({
    executablePath: own ?? (await chromium.executablePath()),
    headless: true,
    // What the package adds is for functions in a cloud, but a shell without a sandbox is all that it is.
    chromiumSandbox: false,
    args: [
      `--ignore-certificate-errors-spki-list=${certificates.map(publicKeyHash).join(',')}`,
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-domain-reliability',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}

async function systemChromium(path = ''): Promise<string | undefined> {
  const candidates = path.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)))
  const found = await Promise.all(
    candidates.map((file) =>
      access(file).then(
        () => file,
        () => undefined,
      ),
    ),
  )
  return found.find((file) => file !== undefined)
}

/** The SHA-256 of the SubjectPublicKeyInfo in base64, as Chromium wants it (RFC 7469 section 2.4). */
function publicKeyHash(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}
