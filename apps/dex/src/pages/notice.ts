import { type Html, html } from '@gatehouse/server/html'

/** A page that says one thing. */
export function noticePage(title: string, message: string): Html {
  return html`<h1>${title}</h1>
    <p>${message}</p>`
}
