import { createHash } from 'node:crypto'
import { Html, html } from '@gatehouse/server/html'

const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f4f5f8, #0f1217);
  --card: light-dark(#ffffff, #181c23);
  --text: light-dark(#171b22, #e9ecf1);
  --subtle: light-dark(#545d6b, #a7b0bd);
  --edge: light-dark(#e2e5eb, #2a303a);
  --accent: light-dark(#2456c7, #93b4ff);
  font: 1rem/1.6 system-ui, sans-serif;
}
* { box-sizing: border-box }
body { margin: 0; padding: clamp(1rem, 9vh, 6rem) 1rem 2rem; background: var(--page); color: var(--text) }
main {
  max-width: 40rem; margin: 0 auto; padding: clamp(1.25rem, 5vw, 2.25rem);
  background: var(--card); border: 1px solid var(--edge); border-radius: 1rem;
}
.code { margin: 0; color: var(--subtle); font-size: 0.9rem; font-weight: 600; letter-spacing: 0.02em }
h1 { margin: 0.25rem 0 1rem; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere }
h2 { margin: 1.75rem 0 0.5rem; font-size: 1.05rem }
p, li { overflow-wrap: anywhere }
ul { margin: 0; padding-left: 1.25rem }
code, pre { font: 0.95em/1.5 ui-monospace, monospace }
pre { margin: 0; padding: 0.75rem 1rem; border: 1px solid var(--edge); border-radius: 0.4rem; overflow-x: auto }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
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

/** Made apart from the template, which is formatted: its hash is of each byte between the tags. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`)

/** A whole page around `body`; `title` is also its only h1, and `above` stands over it. */
export function page(title: string, above: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Gatehouse</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          <p class="code">${above}</p>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.toString()
}
