import { type Html, html } from './html.ts'

/** One way to log in. */
export interface Choice {
  readonly name: string
  readonly url: string
}

/** The page that lists every connector. */
export function chooserPage(choices: readonly Choice[]): Html {
  return html`<h1>Log in to dex</h1>
    <ul class="dex-choices">
      ${choices.map(
        ({ name, url }) =>
          html`<li><a class="dex-btn dex-btn-provider" href="${url}">Log in with ${name}</a></li>`,
      )}
    </ul>`
}
