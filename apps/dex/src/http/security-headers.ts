import type { ServerResponse } from 'node:http'

/** What stands on every answer, errors and redirects included. An endpoint may loosen the caching. */
export function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('Content-Security-Policy', contentSecurityPolicy())
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('X-Frame-Options', 'DENY')
  // Not no-referrer: browsers would then send `Origin: null` with our own forms.
  response.setHeader('Referrer-Policy', 'same-origin')
}

/**
 * No scripts, no frames, nothing from elsewhere but our style sheet. Browsers hold `form-action` against
 * the redirects after a form, too, so the client's redirect URI must stand there.
 */
export function contentSecurityPolicy(...formTargets: readonly string[]): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    `form-action 'self'${formTargets.map(formSource).join('')}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The source expression for a redirect URI; CSP has none for IPv6 addresses nor for opaque origins. */
function formSource(target: string): string {
  const url = URL.parse(target)
  if (!url) return ''
  const hasOrigin = ['http:', 'https:'].includes(url.protocol) && !url.hostname.startsWith('[')
  return ` ${hasOrigin ? url.origin : url.protocol}`
}
