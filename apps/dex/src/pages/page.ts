import { type Html, html } from '@gatehouse/server/html'

export interface PageParts {
  readonly title: string
  readonly body: Html
  /** Where the style sheet is; with the path of the issuer. */
  readonly stylesheet: string
}

/** The frame of every page. */
export function page({ title, body, stylesheet }: PageParts): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title} · dex</title>
        <link rel="stylesheet" href="${stylesheet}" />
      </head>
      <body>
        <header class="dex-banner">
          <svg class="dex-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path d="M16 2.5 27.7 9.2v13.6L16 29.5 4.3 22.8V9.2z" />
            <circle cx="16" cy="14" r="3.4" />
            <path d="M16 17.4v5.2" />
          </svg>
          <span>dex <span class="dex-tag">mock</span></span>
        </header>
        <main class="dex-card">${body}</main>
        <footer class="dex-footer">For development and tests only</footer>
      </body>
    </html> `
}
