import { expect, test } from 'vitest'
import { LoginCookies } from '../src/login-cookies.ts'
import { nextStep } from '../src/login-page.ts'

const url = new URL('https://dex.example/dex/auth?client_id=x')
const person = { username: 'admin@kyma.cx', password: 'p&ss wörd' }
const page = (html: string) => ({
  url,
  status: 200,
  html: `<!DOCTYPE html><html><body>${html}</body></html>`,
})

const chooser = page(`
  <a href="/dex/auth/github?state=1&amp;back=2" target="_self"><button class="dex-btn theme-btn-provider"><span>Log in with GitHub</span></button></a>
  <a class="dex-btn-provider" href="/dex/auth/local?state=1&amp;back=2">Log in with Email</a>`)

test('the chooser: the named connector, else the local one', () => {
  expect(nextStep(chooser, { ...person, connector: 'github' })).toMatchObject({
    kind: 'follow',
    url: new URL('https://dex.example/dex/auth/github?state=1&back=2'),
  })
  expect(nextStep(chooser, person)).toMatchObject({
    url: new URL('https://dex.example/dex/auth/local?state=1&back=2'),
  })
  expect(() => nextStep(chooser, { ...person, connector: 'ldap' })).toThrow('it offers')
})

test('the password form is filled in and keeps its hidden fields and its action', () => {
  const step = nextStep(
    page(`<form method="post" action="/dex/auth/local/login?back=&amp;state=abc">
      <input type="hidden" name="csrf" value="a&quot;b"><input id="login" name="login" type="text"/>
      <input id="password" name="password" type="password"/><button id="submit-login" type="submit">Login</button></form>`),
    person,
  )
  expect(step).toMatchObject({ kind: 'submit', page: 'password' })
  expect(step.url.href).toBe('https://dex.example/dex/auth/local/login?back=&state=abc')
  expect(Object.fromEntries((step as { fields: URLSearchParams }).fields)).toEqual({
    csrf: 'a"b',
    login: 'admin@kyma.cx',
    password: 'p&ss wörd',
  })
})

test('a refused password is told in the words of the page', () => {
  const html =
    '<form><div id="login-error">Invalid Email Address and password.</div><input name="password"></form>'
  expect(() => nextStep(page(html), person)).toThrow('refused the login: Invalid Email Address and password.')
})

test('the approval form is approved, not rejected', () => {
  const step = nextStep(
    page(`<form method="post"><input type="hidden" name="req" value="r1"/><input type="hidden" name="approval" value="approve">
      <button type="submit">Grant Access</button></form>
      <form method="post"><input type="hidden" name="req" value="r1"/><input type="hidden" name="approval" value="rejected"></form>`),
    person,
  )
  expect(step).toMatchObject({ kind: 'submit', page: 'approval', url })
  expect((step as { fields: URLSearchParams }).fields.toString()).toBe('req=r1&approval=approve')
})

test('any other page is an error that shows what it says', () => {
  expect(() =>
    nextStep({ ...page('<h2>Bad Request</h2><p>Invalid client_id</p>'), status: 400 }, person),
  ).toThrow(/400.*Invalid client_id/)
})

const at = (path: string) => new URL(path, 'https://dex.example')

test('cookies go back by path and vanish when they are deleted', () => {
  const cookies = new LoginCookies()
  cookies.store(at('/auth'), ['a=1; Path=/; Secure; HttpOnly', 'b=2; path=/auth', 'broken'])
  expect(cookies.headerFor(at('/auth/local'))).toBe('b=2; a=1')
  expect(cookies.headerFor(at('/authority'))).toBe('a=1')
  cookies.store(at('/auth'), 'a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT')
  expect(cookies.headerFor(at('/token'))).toBeUndefined()
})
