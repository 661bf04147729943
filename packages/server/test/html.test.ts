import { expect, test } from 'vitest'
import { Html, html } from '../src/html.ts'

test('what stands in a page is text, not markup', () => {
  const evil = `"><script>alert('&')</script>`
  expect(html`<a href="${evil}">${evil}</a>${undefined}${false}${html`<b>${1}</b>`}`.toString()).toBe(
    '<a href="&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;">' +
      '&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</a><b>1</b>',
  )
})

test('parts that are markup stay, one after the other in a list', () => {
  const letters = ['a', '<'].map((letter) => html`<i>${letter}</i>`)
  expect(html`<b>${letters}</b>${new Html('<hr>')}`.toString()).toBe('<b><i>a</i><i>&lt;</i></b><hr>')
})
