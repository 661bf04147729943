import { expect, test } from 'vitest'
import { contentSecurityPolicy } from '../src/http/security-headers.ts'
import { html } from '../src/pages/html.ts'

test('what stands in a page is text, not markup', () => {
  const evil = `"><script>alert('&')</script>`
  expect(html`<a href="${evil}">${evil}</a>${undefined}${false}${html`<b>${1}</b>`}`.toString()).toBe(
    '<a href="&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;">' +
      '&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</a><b>1</b>',
  )
})

test.each([
  [undefined, "form-action 'self';"],
  ['https://app.example.com/callback?x', "form-action 'self' https://app.example.com;"],
  ['http://localhost:8000/', "form-action 'self' http://localhost:8000;"],
  ['http://[::1]:8000/', "form-action 'self' http:;"],
  ['com.example.app:/callback', "form-action 'self' com.example.app:;"],
])('a form that ends at %s may lead there', (target, expected) => {
  expect(`${contentSecurityPolicy(...(target === undefined ? [] : [target]))};`).toContain(expected)
})
