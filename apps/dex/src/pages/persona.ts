import { type Html, html } from '@gatehouse/server/html'

export interface PersonaPage {
  /** What the forms are posted to. */
  readonly action: string
  readonly connectorName: string
  /** Whom one click suffices to be. */
  readonly suggestions: readonly { readonly login: string; readonly groups: readonly string[] }[]
  /** Why the last attempt failed. */
  readonly error: string | undefined
  /** The chooser, where there is another choice. */
  readonly backLink: string | undefined
}

/** The page of a simulated connector, which asks who to be. */
export function personaPage({ action, connectorName, suggestions, error, backLink }: PersonaPage): Html {
  return html`<h1>Log in with ${connectorName}</h1>
    <p class="dex-subtle-text">${connectorName} is simulated here. Who do you want to be?</p>
    <form method="post" action="${action}">
      ${error && html`<p id="login-error" class="dex-error-box" role="alert">${error}</p>`}
      <label for="login">Email address or login</label>
      <input
        id="login"
        name="login"
        type="text"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        required
        ${error && html`aria-invalid="true" aria-describedby="login-error"`}
      />
      <label for="groups">Groups, separated by commas (optional)</label>
      <input id="groups" name="groups" type="text" autocomplete="off" spellcheck="false" />
      <button id="submit-login" class="dex-btn dex-btn-primary" type="submit">Login</button>
    </form>
    ${
      suggestions.length > 0 &&
      html`<h2>Or be one of</h2>
        <ul class="dex-choices">
          ${suggestions.map(
            ({ login }) =>
              html`<li>
                <form method="post" action="${action}">
                  <input type="hidden" name="login" value="${login}" />
                  <button class="dex-btn" type="submit">${login}</button>
                </form>
              </li>`,
          )}
        </ul>`
    }
    ${backLink && html`<p><a class="dex-subtle-text" href="${backLink}">Select another login method.</a></p>`}`
}
