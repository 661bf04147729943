import type { RequestInit, Response } from 'undici'

/** Where a browser is after following the redirects of one server. */
export interface Visit {
  readonly url: string
  readonly status: number
  readonly headers: Response['headers']
  readonly text: string
}

/**
 * The little of a browser that a login needs: cookies of one host, redirects, forms. It stops before the
 * first redirect that leaves the host, as `url` with status 0.
 */
export class Browser {
  readonly #fetch: (url: string, init?: RequestInit) => Promise<Response>
  readonly cookies = new Map<string, string>()
  /** Set-Cookie headers as they came. */
  readonly setCookies: string[] = []

  constructor(fetch: (url: string, init?: RequestInit) => Promise<Response>) {
    this.#fetch = fetch
  }

  async open(url: string, init: RequestInit = {}): Promise<Visit> {
    const cookie = Array.from(this.cookies, ([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(init.headers as Record<string, string>), ...(cookie ? { cookie } : {}) }
    const response = await this.#fetch(url, { ...init, headers })
    for (const header of response.headers.getSetCookie()) this.#remember(header)
    const location = response.headers.get('location')
    if (location && response.status >= 300 && response.status < 400) {
      await response.body?.cancel()
      const next = new URL(location, url)
      if (next.origin === new URL(url).origin) return this.open(next.href)
      return { url: location, status: 0, headers: response.headers, text: '' }
    }
    return { url, status: response.status, headers: response.headers, text: await response.text() }
  }

  /** Fills in the form number `index` of a page and sends it. */
  async submit(
    visit: Visit,
    fields: Record<string, string>,
    { index = 0, headers = {} } = {},
  ): Promise<Visit> {
    const form = [...visit.text.matchAll(/<form method="post" action="([^"]*)">([\s\S]*?)<\/form>/g)][index]
    if (!form) throw new Error(`the page has no form ${index}: ${visit.status} ${visit.text}`)
    const hidden = [...form[2]!.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)]
    const values = Object.fromEntries(hidden.map(([, name, value]) => [name!, unescape(value!)]))
    return this.open(new URL(unescape(form[1]!), visit.url).href, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams({ ...values, ...fields }).toString(),
    })
  }

  #remember(header: string): void {
    this.setCookies.push(header)
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(header) ?? []
    if (name !== undefined && value !== undefined) this.cookies.set(name, value)
  }
}

function unescape(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
