import { type Html, html } from '@gatehouse/server/html'

export interface PasswordPage {
  /** What the form is posted to. */
  readonly action: string
  /** The label of the first field. */
  readonly prompt: string
  /** What was typed into it before. */
  readonly login: string
  /** Why the last attempt failed. */
  readonly error: string | undefined
  /** The chooser, where there is another choice. */
  readonly backLink: string | undefined
}

/** The form of a password connector; after a failure the password is what to type again. */
export function passwordPage({ action, prompt, login, error, backLink }: PasswordPage): Html {
  const invalid = error ? html`aria-invalid="true" aria-describedby="login-error"` : undefined
  const [atLogin, atPassword] = login === '' ? [html`autofocus`, undefined] : [undefined, html`autofocus`]
  return html`<h1>Log in to your account</h1>
    <form method="post" action="${action}">
      ${error && html`<p id="login-error" class="dex-error-box" role="alert">${error}</p>`}
      <label for="login">${prompt}</label>
      <input
        id="login"
        name="login"
        type="text"
        autocomplete="username"
        autocapitalize="none"
        spellcheck="false"
        required
        value="${login}"
        ${invalid}
        ${atLogin}
      />
      <label for="password">Password</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        required
        ${invalid}
        ${atPassword}
      />
      <button id="submit-login" class="dex-btn dex-btn-primary" type="submit">Login</button>
    </form>
    ${backLink && html`<p><a class="dex-subtle-text" href="${backLink}">Select another login method.</a></p>`}`
}
