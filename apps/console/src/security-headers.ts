import type { OutgoingHttpHeaders } from 'node:http'
import type { PageConfiguration } from './configuration.ts'

/**
 * What the page may load and whom it may talk to: its own files, the issuer, the API and the generator, and
 * nobody else. No inline scripts; script sinks take no strings (Trusted Types), so that text of the cluster can't
 * become code. Inline styles are for the terminal, which writes its colours so. Pure.
 */
function contentSecurityPolicy({ issuer, apiServer, kubeconfigUrl }: PageConfiguration): string {
  const origins = [issuer, apiServer, kubeconfigUrl].map((url) => new URL(url).origin)
  const webSocket = apiServer.replace(/^https:/, 'wss:')
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${[...new Set([...origins, webSocket])].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

/** The headers of every answer. Pure. */
export function securityHeaders(page: PageConfiguration): OutgoingHttpHeaders {
  return {
    'Content-Security-Policy': contentSecurityPolicy(page),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  }
}
