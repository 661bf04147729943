import { expect, test } from 'vitest'
import { buildKubeconfig, diffKubeconfigs, mergeKubeconfigs } from '../src/index.ts'

const build = (user: string, token: string, cluster = 'dev') =>
  buildKubeconfig({
    cluster: { name: cluster, server: 'https://127.0.0.1:9443' },
    user: { name: user, token },
  })

test('documents with the same entries in another order are equal', () => {
  const [a, b] = [build('a', 'x'), build('b', 'y', 'test')]
  const [one, other] = [mergeKubeconfigs([a, b]), mergeKubeconfigs([b, a])]
  expect(diffKubeconfigs(one, { ...other, 'current-context': one['current-context'] })).toEqual([])
})

test('what was added, removed and changed is told by name and field, without values', () => {
  const before = mergeKubeconfigs([build('a', 'old-secret'), build('gone', 'x', 'test')])
  const after = {
    ...mergeKubeconfigs([build('a', 'new-secret'), build('new', 'x')]),
    'current-context': 'new@dev',
  }
  const changes = diffKubeconfigs(before, { ...after, preferences: {} })
  expect(changes).toEqual([
    { what: 'cluster', name: 'test', change: 'removed', fields: [] },
    { what: 'user', name: 'a@dev', change: 'changed', fields: ['token'] },
    { what: 'user', name: 'gone@test', change: 'removed', fields: [] },
    { what: 'user', name: 'new@dev', change: 'added', fields: [] },
    { what: 'context', name: 'gone@test', change: 'removed', fields: [] },
    { what: 'context', name: 'new@dev', change: 'added', fields: [] },
    { what: 'current-context', name: 'new@dev', change: 'changed', fields: [] },
    { what: 'other', name: 'preferences', change: 'added', fields: [] },
  ])
  expect(JSON.stringify(changes)).not.toContain('secret')
})

test('a name of JavaScript is a name like others', () => {
  const [before, after] = [build('__proto__', 'x'), build('__proto__', 'y')]
  expect(diffKubeconfigs(before, after)).toEqual([
    { what: 'user', name: '__proto__@dev', change: 'changed', fields: ['token'] },
  ])
})
