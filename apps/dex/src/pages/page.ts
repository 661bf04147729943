import { type Html, html } from './html.ts'

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
        <header class="dex-banner">dex <span class="dex-subtle-text">mock</span></header>
        <main class="dex-card">${body}</main>
      </body>
    </html> `
}
