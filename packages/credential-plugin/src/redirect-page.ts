import type { ServerResponse } from 'node:http'
import { html } from '@gatehouse/server/html'

/** Sends a page with one sentence, which may come from an issuer. */
export function sendPage(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { ...SECURITY_HEADERS, 'Content-Type': 'text/html; charset=utf-8' })
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>gatehouse</title>
      </head>
      <body>
        <p>${message}</p>
      </body>
    </html> `
  response.end(page.toString())
}

/** The query of these addresses must not reach another site, a cache or a frame. */
export const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  Connection: 'close',
} as const
