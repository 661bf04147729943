import type { Agent } from 'undici'
import { request } from 'undici'

/** An issuer that logins are made with. */
export interface LoginPeer {
  readonly name: string
  readonly pid: number
  /** Where the authorization and the token endpoint are. */
  readonly authorization: string
  readonly token: string
}

const CLIENT = { id: 'bench', secret: 'bench-secret', redirectURI: 'https://client.invalid/callback' }
const MOST_REDIRECTS = 5

/** What one login needs of a browser: cookies and where it is. */
interface Tab {
  readonly cookies: Map<string, string>
  url: URL
  body: string
}

/**
 * The whole code flow as a browser without cookies and its client make it: the authorization request, the
 * redirects, the form, the code, the tokens.
 */
export async function logIn(peer: LoginPeer, agent: Agent): Promise<void> {
  const query = new URLSearchParams({
    client_id: CLIENT.id,
    redirect_uri: CLIENT.redirectURI,
    response_type: 'code',
    scope: 'openid email groups',
    state: 'a-state-of-the-bench',
    nonce: 'a-nonce-of-the-bench',
  })
  const tab: Tab = { cookies: new Map(), url: new URL(`${peer.authorization}?${query.toString()}`), body: '' }
  await visit(tab, agent)
  const action = /<form[^>]* action="([^"]+)"/.exec(tab.body)?.[1]
  if (action === undefined) throw new Error(`${peer.name}: no form at ${tab.url.href}: ${tab.body}`)
  tab.url = new URL(action.replaceAll('&amp;', '&'), tab.url)
  await visit(tab, agent, new URLSearchParams({ login: 'bench', password: 'bench' }).toString())
  const code = tab.url.searchParams.get('code')
  if (code === null) throw new Error(`${peer.name}: no code at ${tab.url.href}: ${tab.body}`)
  await redeem(peer, agent, code)
}

async function redeem(peer: LoginPeer, agent: Agent, code: string): Promise<void> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: CLIENT.redirectURI }
  const { statusCode, body } = await request(peer.token, {
    dispatcher: agent,
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`,
    },
    body: new URLSearchParams(form).toString(),
  })
  const answer = (await body.json()) as { id_token?: string }
  if (statusCode !== 200 || !answer.id_token)
    throw new Error(`${peer.name}: no tokens: ${JSON.stringify(answer)}`)
}

/** Opens the tab's URL, or sends a form to it, and follows where that leads until it leaves the issuer. */
async function visit(tab: Tab, agent: Agent, form?: string): Promise<void> {
  let sent = form
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const cookie = Array.from(tab.cookies, ([name, value]) => `${name}=${value}`).join('; ')
    const { headers, body } = await request(tab.url, {
      dispatcher: agent,
      method: sent === undefined ? 'GET' : 'POST',
      headers: {
        ...(cookie === '' ? {} : { cookie }),
        ...(sent === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(sent === undefined ? {} : { body: sent }),
    })
    tab.body = await body.text()
    for (const header of [headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      tab.cookies.set(name, value)
    }
    if (typeof headers['location'] !== 'string') return
    const { origin } = tab.url
    tab.url = new URL(headers['location'], tab.url)
    if (tab.url.origin !== origin) return
    sent = undefined
  }
  throw new Error(`more than ${MOST_REDIRECTS} redirects to ${tab.url.href}`)
}
