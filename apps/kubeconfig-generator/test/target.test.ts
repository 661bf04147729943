import { expect, test } from 'vitest'
import { readOptions } from '../src/read-options.ts'
import { targetOf } from '../src/target.ts'

const FILES = '/v1/spectroclusters'

test('the paths of the service, and no others', () => {
  expect(targetOf('/kube-config')).toEqual({ kind: 'kube-config' })
  expect(targetOf(`${FILES}/dev-1/assets/kubeconfig`)).toEqual({
    kind: 'cluster',
    clusterId: 'dev-1',
    file: 'kubeconfig',
  })
  expect(targetOf(`${FILES}/64b7c0FFEE/assets/adminkubeconfig`)).toEqual({
    kind: 'cluster',
    clusterId: '64b7c0FFEE',
    file: 'adminkubeconfig',
  })
})

test.each([
  '',
  '/',
  '/kube-config/',
  '//kube-config',
  '/KUBE-CONFIG',
  '/kube%2Dconfig',
  `${FILES}//assets/kubeconfig`,
  `${FILES}/../assets/kubeconfig`,
  `${FILES}/./assets/kubeconfig`,
  `${FILES}/dev/../prod/assets/kubeconfig`,
  `${FILES}/dev%2F..%2Fprod/assets/kubeconfig`,
  `${FILES}/%64ev/assets/kubeconfig`,
  `${FILES}/dev%00/assets/kubeconfig`,
  `${FILES}/dev;x=1/assets/kubeconfig`,
  `${FILES}/dev\\..\\prod/assets/kubeconfig`,
  `${FILES}/dev /assets/kubeconfig`,
  `${FILES}/dev./assets/kubeconfig`,
  `${FILES}/${'a'.repeat(64)}/assets/kubeconfig`,
  `${FILES}/d\u00e9v/assets/kubeconfig`,
  `${FILES}/__proto__/assets/kubeconfig`,
  `${FILES}/dev/assets/kubeconfig/`,
  `${FILES}/dev/assets/adminkubeconfig%20`,
  `${FILES}/dev/assets/AdminKubeconfig`,
  `${FILES}/dev/assets/kubeconfig\n`,
  `/v1/spectroclusters/dev/assets`,
  `/V1/spectroclusters/dev/assets/kubeconfig`,
  `https://127.0.0.1${FILES}/dev/assets/kubeconfig`,
])('%j is no path of the service', (path) => {
  expect(targetOf(path)).toBeUndefined()
})

const KUBE_CONFIG = { kind: 'kube-config' } as const
const cluster = (file: 'kubeconfig' | 'adminkubeconfig') =>
  ({ kind: 'cluster', clusterId: 'dev', file }) as const

test.each([
  ['', {}],
  ['format=token', { format: 'token' }],
  ['format=exec', { format: 'gatehouse' }],
  ['format=exec&plugin=gatehouse', { format: 'gatehouse' }],
  ['format=exec&plugin=kubelogin', { format: 'kubelogin' }],
  ['plugin=kubelogin', { format: 'kubelogin' }],
  ['namespace=team-a&format=exec', { namespace: 'team-a', format: 'gatehouse' }],
])('the options %j are read as %j', (query, expected) => {
  expect(readOptions(new URLSearchParams(query), KUBE_CONFIG)).toEqual(expected)
  expect(readOptions(new URLSearchParams(query), cluster('kubeconfig'))).toEqual(expected)
})

test.each([
  ['format=', 'must be token or exec'],
  ['format=Token', 'must be token or exec'],
  ['format=kubelogin', 'must be token or exec'],
  ['plugin=oidc-login', 'must be gatehouse or kubelogin'],
  ['plugin=', 'must be gatehouse or kubelogin'],
  ['format=token&plugin=kubelogin', 'belongs to format=exec'],
  ['format=exec&format=token', 'more than once'],
  ['namespace=', 'not the name of a namespace'],
  ['namespace=a/b', 'not the name of a namespace'],
  ['formt=exec', 'only the options namespace, format, plugin'],
  ['__proto__=1', 'only the options'],
  ['constructor=1', 'only the options'],
])('the options %j are refused: %s', (query, sentence) => {
  expect(readOptions(new URLSearchParams(query), KUBE_CONFIG)).toContain(sentence)
})

test.each(['format=token', 'format=exec', 'plugin=kubelogin'])('the admin kubeconfig has no %s', (query) => {
  expect(readOptions(new URLSearchParams(query), cluster('adminkubeconfig'))).toContain('one format only')
})
