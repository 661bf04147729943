import { type Html, html } from '@gatehouse/server/html'

/** The page that asks whether to log out. */
export function logoutPage(action: string, hidden: readonly (readonly [string, string])[]): Html {
  return html`<h1>Log out</h1>
    <p>Do you want to log out? Applications that were logged in to in this browser will ask again.</p>
    <form method="post" action="${action}">
      ${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
      <button class="dex-btn dex-btn-primary" type="submit">Log out</button>
    </form>`
}
