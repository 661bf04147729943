import { describe, expect, test } from 'vitest'
import { providerParameters } from '../src/provider/authorization-parameters.ts'

describe('what oidc-provider is asked', () => {
  const ask = (query: string) =>
    Object.fromEntries(providerParameters(new URLSearchParams(query), { connectorID: 'local', browser: 'b' }))
  const always = {
    response_mode: 'dex',
    connector_id: 'local',
    browser: 'b',
    prompt: 'consent',
    asked_scope: '',
  }
  // RFC 7636 appendix B.
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
  const s256 = { code_challenge: challenge, code_challenge_method: 'S256' }
  test.each<[string, string, object]>([
    ['S256 stays', `code_challenge=${challenge}&code_challenge_method=S256`, { ...always, ...s256 }],
    ['plain becomes S256', `code_challenge=${verifier}&code_challenge_method=plain`, { ...always, ...s256 }],
    ['no method means plain', `code_challenge=${verifier}`, { ...always, ...s256 }],
    [
      'another method stays, to be refused',
      'code_challenge=x&code_challenge_method=S1',
      { ...always, code_challenge: 'x', code_challenge_method: 'S1' },
    ],
    ['no challenge stays none', 'code_challenge_method=plain', always],
    ['prompt=none stays alone', 'prompt=none%20login', { ...always, prompt: 'none' }],
    [
      'our own names can’t be set',
      'connector_id=evil&browser=evil&response_mode=form_post&asked_scope=evil',
      always,
    ],
    [
      'what Dex does not know is dropped',
      'claims={}&max_age=0&id_token_hint=x&resource=y&login_hint=z',
      always,
    ],
    [
      'scopes are cleaned',
      'scope=openid%20%20email%20openid',
      { ...always, scope: 'openid email', asked_scope: 'openid email' },
    ],
  ])('%s', (_, query, expected) => {
    expect(ask(query)).toEqual(expected)
  })

  test('repeated parameters stay repeated, to be refused', () => {
    const asked = new URLSearchParams('client_id=a&client_id=b&redirect_uri=c&redirect_uri=d')
    const parameters = providerParameters(asked, { connectorID: 'local', browser: 'b' })
    expect(parameters.getAll('client_id')).toEqual(['a', 'b'])
    expect(parameters.getAll('redirect_uri')).toEqual(['c', 'd'])
  })
})
