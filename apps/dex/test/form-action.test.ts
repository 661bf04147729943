import { expect, test } from 'vitest'
import { contentSecurityPolicy } from '../src/http/security-headers.ts'

test.each([
  [undefined, "form-action 'self';"],
  ['https://app.example.com/callback?x', "form-action 'self' https://app.example.com;"],
  ['http://localhost:8000/', "form-action 'self' http://localhost:8000;"],
  ['http://[::1]:8000/', "form-action 'self' http:;"],
  ['com.example.app:/callback', "form-action 'self' com.example.app:;"],
])('a form that ends at %s may lead there', (target, expected) => {
  expect(`${contentSecurityPolicy(...(target === undefined ? [] : [target]))};`).toContain(expected)
})
