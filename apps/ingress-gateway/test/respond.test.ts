import { expect, test } from 'vitest'
import { prefersHtml } from '../src/respond.ts'

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ['*/*', false],
  ['application/json, */*', false],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['TEXT/HTML', true],
  ['text/html;q=0', false],
  ['text/html;q=0.5, application/json', false],
  ['application/json;q=0.5, text/html', true],
  ['text/html;q=nonsense', false],
])('who accepts %s is answered in HTML: %s', (accept, expected) => {
  expect(prefersHtml(accept)).toBe(expected)
})
