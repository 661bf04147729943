import { type Html, html } from '@gatehouse/server/html'

export interface DevicePage {
  /** What the form is posted to. */
  readonly action: string
  /** What stands in the field already. */
  readonly userCode: string
  /** Why the last attempt failed. */
  readonly error: string | undefined
}

/** The form for the code that a device shows. */
export function devicePage({ action, userCode, error }: DevicePage): Html {
  return html`<h1>Enter user code</h1>
    <p id="user_code-hint">
      Type the code that your device shows. Go on only if you are logging in to it yourself just now.
    </p>
    <form method="post" action="${action}">
      ${error && html`<p id="login-error" class="dex-error-box" role="alert">${error}</p>`}
      <label for="user_code">User code</label>
      <input
        id="user_code"
        name="user_code"
        type="text"
        autocomplete="off"
        autocapitalize="characters"
        spellcheck="false"
        required
        aria-describedby="${error ? 'login-error user_code-hint' : 'user_code-hint'}"
        ${error && html`aria-invalid="true"`}
        value="${userCode}"
      />
      <button id="submit-login" class="dex-btn dex-btn-primary" type="submit">Submit</button>
    </form>`
}
