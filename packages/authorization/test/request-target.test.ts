import { describe, expect, test } from 'vitest'
import { AuthorizationError, parseRequestTarget } from '../src/index.ts'

function verdict(raw: string): string {
  try {
    parseRequestTarget(raw)
    return 'accepted'
  } catch (error) {
    return error instanceof AuthorizationError ? error.code : 'another error'
  }
}

describe('path confusion: what two parsers could read in two ways is refused', () => {
  test.each([
    ['an encoded slash', '/api/v1/namespaces/a%2Fpods'],
    ['an encoded slash in lower case', '/api/v1/namespaces/a%2fpods'],
    ['a doubly encoded slash', '/api/v1/namespaces/a%252Fpods'],
    ['a dot segment', '/api/v1/../../metrics'],
    ['a dot segment at the end', '/api/v1/namespaces/..'],
    ['a single dot', '/api/v1/./pods'],
    ['an encoded dot segment', '/api/v1/%2e%2e/%2E%2e/metrics'],
    ['a half encoded dot segment', '/api/v1/.%2e/pods'],
    ['a double slash', '/api//v1/pods'],
    ['a double slash at the start', '//api/v1/pods'],
    ['a double slash at the end', '/api/v1/pods//'],
    ['a backslash', '/api\\v1\\pods'],
    ['an encoded backslash', '/api/v1/namespaces/a%5C..%5Cb'],
    ['a percent sign alone', '/api/v1/pods/%'],
    ['a bad percent-encoding', '/api/v1/pods/%zz'],
    ['a cut percent-encoding', '/api/v1/pods/%4'],
    ['NUL', '/api/v1/pods/a\0'],
    ['an encoded NUL', '/api/v1/pods/a%00'],
    ['an encoded line break', '/api/v1/pods/a%0d%0aX:y'],
    ['an encoded DEL', '/api/v1/pods/a%7f'],
    ['an encoded question mark', '/api/v1/pods%3Fwatch=1'],
    ['an encoded fragment', '/api/v1/pods%23'],
    ['a fragment', '/api/v1/pods#x'],
    ['a fragment in the query', '/api/v1/pods?watch=1#x'],
    ['absolute form', 'https://evil.example/api/v1/pods'],
    ['absolute form of ours', 'http://127.0.0.1/api/v1/pods'],
    ['asterisk form', '*'],
    ['authority form', 'evil.example:443'],
    ['nothing', ''],
    ['no leading slash', 'api/v1/pods'],
    ['bytes that are no UTF-8', '/api/v1/pods/%ff'],
    ['an overlong encoding of a slash', '/api/v1/pods/%c0%af'],
    ['bytes beyond ASCII, not encoded', '/api/v1/pods/ä'],
    ['a space', '/api/v1/pods/a b'],
    ['a tab', '/api/v1/pods/a\tb'],
    ['curly brackets', '/api/v1/pods/{a}'],
    ['a semicolon in the query', '/api/v1/pods?watch=0;watch=1'],
    ['a bad percent-encoding in the query', '/api/v1/pods?watch=%'],
    ['NUL in the query', '/api/v1/pods?fieldSelector=metadata.name=a%00'],
    ['bytes that are no UTF-8 in the query', '/api/v1/pods?labelSelector=%ff'],
    ['a backslash in the query', '/api/v1/pods?a=\\'],
    ['parameters without number', `/api/v1/pods?${'a=1&'.repeat(2000)}`],
  ])('%s', (_what, raw) => {
    expect(verdict(raw)).toBe('ERR_AMBIGUOUS_PATH')
  })
})

test.each([
  '/',
  '/api/v1/namespaces/default/pods/',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
  '/api/v1/namespaces/a/services/http:b:80/proxy/index.html',
  '/api/v1/namespaces/a/pods/b/log?container=c&follow=true&tailLines=10',
  '/api/v1/pods?labelSelector=a+in+%28b%2Cc%29&fieldSelector=spec.nodeName%3Dn',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles/gr%C3%B6%C3%9Fe%20rolle',
  '/.well-known/openid-configuration',
  '/api/v1/namespaces/a/pods/b/exec?command=sh&command=-c&command=echo%20%2Fetc%3B%5C&stdin=true',
])('an honest target (%s) is accepted and kept byte for byte', (raw) => {
  expect(parseRequestTarget(raw).raw).toBe(raw)
})

test.each(['access_token', 'id_token', 'token', 'access%5Ftoken'])(
  'a token in the query (%s) is refused',
  (name) => {
    expect(verdict(`/api/v1/pods?watch=1&${name}=abc`)).toBe('ERR_TOKEN_IN_QUERY')
  },
)
