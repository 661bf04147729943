import { type Html, html } from '@gatehouse/server/html'

export interface ApprovalPage {
  readonly action: string
  readonly requestID: string
  readonly clientName: string
  readonly scopes: readonly string[]
}

/** What each scope lets the client do; a scope that is not here needs no telling. */
const DESCRIPTIONS: ReadonlyMap<string, string> = new Map([
  ['offline_access', 'Have offline access'],
  ['profile', 'View basic profile information'],
  ['email', 'View your email address'],
  ['groups', 'View your groups'],
])

/** The page that asks whether the client may have what it asks for. */
export function approvalPage({ action, requestID, clientName, scopes }: ApprovalPage): Html {
  const descriptions = scopes.map((scope) => DESCRIPTIONS.get(scope)).filter((text) => text !== undefined)
  const form = (approval: string, style: string, label: string) =>
    html`<form method="post" action="${action}">
      <input type="hidden" name="req" value="${requestID}" />
      <input type="hidden" name="approval" value="${approval}" />
      <button class="dex-btn ${style}" type="submit">${label}</button>
    </form>`
  return html`<h1>Grant access</h1>
    ${
      descriptions.length > 0
        ? html`<p>${clientName} would like to:</p>
            <ul>
              ${descriptions.map((text) => html`<li>${text}</li>`)}
            </ul>`
        : html`<p>${clientName} has not requested any personal information.</p>`
    }
    ${form('approve', 'dex-btn-primary', 'Grant Access')} ${form('rejected', '', 'Cancel')}`
}
