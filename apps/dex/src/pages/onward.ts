import { type Html, html } from '@gatehouse/server/html'

/** A page that is left at once; the link is for who stays all the same. */
export function onwardPage(location: string): Html {
  return html`<h1>Going back to the application</h1>
    <p><a href="${location}">Continue</a></p>`
}
