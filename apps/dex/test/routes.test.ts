import { describe, expect, test } from 'vitest'
import { createRouter } from '../src/http/routes.ts'

describe('routes', () => {
  const names = ['/auth', '/auth/{connector}', '/auth/{connector}/login', '/callback']
  const find = createRouter(names.map((path) => ({ name: path, path, methods: {} })))
  test.each<[string, string | undefined, object]>([
    ['/auth', '/auth', {}],
    ['/auth/local', '/auth/{connector}', { connector: 'local' }],
    ['/auth/a%2Fb', '/auth/{connector}', { connector: 'a/b' }],
    ['/auth/local/login', '/auth/{connector}/login', { connector: 'local' }],
    ['/auth/', undefined, {}],
    ['/auth/local/', undefined, {}],
    ['/auth/local/login/x', undefined, {}],
    ['/auth/%zz', undefined, {}],
    ['/AUTH', undefined, {}],
    ['//auth', undefined, {}],
    ['/', undefined, {}],
  ])('%s', (path, name, params) => {
    const match = find(path)
    expect(match).toEqual(
      name === undefined
        ? { kind: 'unknown' }
        : { kind: 'found', params, route: { name, path: name, methods: {} } },
    )
  })
})
