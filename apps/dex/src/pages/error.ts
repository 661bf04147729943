import { STATUS_CODES } from 'node:http'
import { type Html, html } from '@gatehouse/server/html'

/** The page for what can't be told to the client by a redirect. */
export function errorPage(status: number, message: string): Html {
  return html`<h1>${STATUS_CODES[status] ?? 'Error'}</h1>
    <p class="dex-error-box" role="alert">${message}</p>`
}
