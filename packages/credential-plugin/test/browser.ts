import { connectToIssuer, type PageRequest } from '@gatehouse/authentication/connection'
import type { LoginSettings } from '../src/settings.ts'

/** A page that a browser shows. */
export interface Shown {
  readonly url: URL
  readonly status: number
  readonly text: string
}

/**
 * The little of a browser that a login needs: cookies by host, redirects from one site to another, forms. It
 * dials the issuer by the settings, since its name does not resolve.
 */
export class Browser {
  readonly #settings: LoginSettings
  readonly #cookies = new Map<string, Map<string, string>>()

  constructor(settings: LoginSettings) {
    this.#settings = settings
  }

  async open(address: string | URL, init: PageRequest = {}): Promise<Shown> {
    await using connection = connectToIssuer({ ...this.#settings, signal: AbortSignal.timeout(10_000) })
    let url = new URL(address)
    let request = init
    for (let redirects = 0; redirects < 20; redirects++) {
      const jar = this.#cookies.get(url.hostname) ?? new Map<string, string>()
      this.#cookies.set(url.hostname, jar)
      const cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join('; ')
      const headers = { ...request.headers, ...(cookie ? { cookie } : {}) }
      const page = await connection.fetch(url, { ...request, headers })
      for (const line of [page.headers['set-cookie'] ?? []].flat()) remember(jar, line)
      const { location } = page.headers
      if (typeof location !== 'string') return page
      url = new URL(location, url)
      request = {}
    }
    throw new Error(`too many redirects, the last to ${url.href}`)
  }

  /** Fills in the first form of each page, until a page has none. */
  async submitAll(page: Shown, fields: Readonly<Record<string, string>>): Promise<Shown> {
    const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(page.text)
    if (!form) return page
    const hidden = [...form[2]!.matchAll(/<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"/g)]
    const values = Object.fromEntries(hidden.map(([, name, value]) => [name!, value!]))
    const next = await this.open(new URL(form[1]!, page.url), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...values, ...fields }).toString(),
    })
    return this.submitAll(next, fields)
  }
}

function remember(jar: Map<string, string>, line: string): void {
  const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
  if (name === undefined || value === undefined) return
  if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
  else jar.set(name, value)
}
