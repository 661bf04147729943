import { type HTMLElement, parse } from 'node-html-parser'
import { AuthenticationError } from './errors.ts'

/** What a login page wants next. */
export type NextStep =
  | { readonly kind: 'follow'; readonly url: URL }
  | {
      readonly kind: 'submit'
      readonly page: 'password' | 'approval'
      readonly url: URL
      readonly fields: URLSearchParams
    }

/**
 * Reads one of Dex's login pages: the connector chooser (`a.dex-btn-provider`), the password form (fields
 * `login` and `password`), or the approval form (field `approval`). Pure.
 *
 * @throws AuthenticationError `ERR_LOGIN_FAILED` where the page says that the login failed, or is unknown
 */
export function nextStep(
  page: { readonly url: URL; readonly status: number; readonly html: string },
  person: { readonly username: string; readonly password: string; readonly connector?: string | undefined },
): NextStep {
  const root = parse(page.html)
  const failure = root.querySelector('#login-error')
  if (failure) throw failed(`the issuer refused the login: ${textOf(failure)}`)
  const passwordForm = formWith(root, 'password')
  if (passwordForm) {
    const fields = hiddenFields(passwordForm)
    fields.set('login', person.username)
    fields.set('password', person.password)
    return { kind: 'submit', page: 'password', url: actionOf(passwordForm, page.url), fields }
  }
  const approvalForm = root.querySelectorAll('form').find((form) => {
    const approval = form.querySelector('[name="approval"]')
    return approval?.getAttribute('value') === 'approve'
  })
  if (approvalForm) {
    const fields = hiddenFields(approvalForm)
    fields.set('approval', 'approve')
    return { kind: 'submit', page: 'approval', url: actionOf(approvalForm, page.url), fields }
  }
  const connectors = root
    .querySelectorAll('a.dex-btn-provider, a:has(.dex-btn-provider), a:has(.dex-btn)')
    .map((link) => new URL(link.getAttribute('href') ?? '', page.url))
  if (connectors.length > 0) return { kind: 'follow', url: chooseConnector(connectors, person.connector) }
  throw failed(
    `the issuer showed a page (${page.status}) that is no login page: ${textOf(root).slice(0, 200)}`,
  )
}

function chooseConnector(links: readonly URL[], wanted: string | undefined): URL {
  const ids = links.map(idOf).join(', ')
  if (wanted !== undefined) {
    const link = links.find((url) => idOf(url) === wanted)
    if (link) return link
    throw failed(`the issuer has no connector "${wanted}"; it offers ${ids}`)
  }
  const link = links.length === 1 ? links[0] : links.find((url) => idOf(url) === 'local')
  if (link) return link
  throw failed(`the issuer offers several connectors (${ids}); name one`)
}

function idOf(link: URL): string {
  return decodeURIComponent(link.pathname.split('/').at(-1) ?? '')
}

function formWith(root: HTMLElement, field: string): HTMLElement | undefined {
  return root.querySelectorAll('form').find((form) => form.querySelector(`[name="${field}"]`) !== null)
}

function hiddenFields(form: HTMLElement): URLSearchParams {
  const fields = new URLSearchParams()
  for (const input of form.querySelectorAll('input[type="hidden"]')) {
    const name = input.getAttribute('name')
    if (name !== undefined) fields.append(name, input.getAttribute('value') ?? '')
  }
  return fields
}

function actionOf(form: HTMLElement, pageUrl: URL): URL {
  return new URL(form.getAttribute('action') ?? '', pageUrl)
}

function textOf(element: HTMLElement): string {
  return element.structuredText.replace(/\s+/g, ' ').trim()
}

function failed(message: string): AuthenticationError {
  return new AuthenticationError('ERR_LOGIN_FAILED', message)
}
