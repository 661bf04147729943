/**
 * The cookies of one login at one issuer (RFC 6265, as far as an issuer's login pages go): name, value,
 * Path and deletion. Kept in memory for one login only.
 */
export class LoginCookies {
  readonly #cookies = new Map<string, { name: string; value: string; path: string }>()

  /** Takes the `Set-Cookie` headers of an answer. */
  store(url: URL, setCookie: string | string[] | undefined): void {
    for (const line of setCookie === undefined ? [] : [setCookie].flat()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
      const separator = pair.indexOf('=')
      if (separator < 1) continue
      const name = pair.slice(0, separator)
      const attribute = (wanted: string) =>
        attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
      const path = attribute('path') ?? url.pathname.replace(/\/[^/]*$/, '/')
      const expires = attribute('expires')
      const isGone =
        attribute('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= Date.now())
      if (isGone) this.#cookies.delete(`${name};${path}`)
      else this.#cookies.set(`${name};${path}`, { name, value: pair.slice(separator + 1), path })
    }
  }

  /** The `Cookie` header for a request, longest path first; undefined when there is nothing to send. */
  headerFor(url: URL): string | undefined {
    const matching = [...this.#cookies.values()]
      .filter(({ path }) => pathMatches(url.pathname, path))
      .toSorted((a, b) => b.path.length - a.path.length)
    return matching.length === 0
      ? undefined
      : matching.map(({ name, value }) => `${name}=${value}`).join('; ')
  }
}

function pathMatches(pathname: string, path: string): boolean {
  if (!pathname.startsWith(path)) return false
  return path.endsWith('/') || pathname.length === path.length || pathname[path.length] === '/'
}
