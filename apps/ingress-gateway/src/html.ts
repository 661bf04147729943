import { createHash } from 'node:crypto'

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 42rem }
h1 { font-size: 1.6rem; line-height: 1.25 }
h2 { font-size: 1.15rem; margin-top: 2rem }
code, pre { font: 0.95em/1.5 ui-monospace, monospace }
pre { padding: 0.75rem 1rem; border: 1px solid; border-radius: 0.4rem; overflow-x: auto }
:focus-visible { outline: 3px solid; outline-offset: 2px }
`

/** Headers of every page of the gateway itself: nothing is loaded, run, framed, sent or kept. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
}

/** HTML that was escaped or written by us; everything else is text and gets escaped. */
export class Html {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A template of HTML: its literal parts are kept, its values are escaped unless they are `Html`. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  const written = values.map((value) => {
    if (value instanceof Html) return value.source
    if (typeof value === 'object') return value.map(({ source }) => source).join('\n')
    return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]!)
  })
  return new Html(String.raw({ raw: parts }, ...written))
}

/** A whole page around `body`; `title` is also its only h1. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Gatehouse</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.source
}
