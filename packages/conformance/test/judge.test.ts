import { describe, expect, test } from 'vitest'
import { judge } from '../src/judge/judge.ts'
import { question } from './fixtures.ts'

const USER = 'developer@kyma.cx'
const JSON_TYPE = 'application/json'
const status = (reason: string, message: string) => JSON.stringify({ kind: 'Status', reason, message })
const refusal = (sentence: string) => `pods is forbidden: User "${USER}" cannot ${sentence}`
const TEAM = 'in API group "" in the namespace "team"'

describe('a 403 is a denial only if the authorizer wrote it, about this user and this question', () => {
  test.each([
    ['denied', refusal(`get resource "pods" ${TEAM}`), {}],
    ['denied', refusal(`get resource "pods" ${TEAM}: RBAC: role.rbac "x" not found`), {}],
    [
      'denied',
      refusal('list resource "pods" in API group "" at the cluster scope'),
      { verb: 'list', namespace: '' },
    ],
    ['denied', refusal('get path "/metrics"'), { resource: '', namespace: '', nonResourcePath: '/metrics' }],
    [
      'denied',
      refusal(`create resource "pods/exec" ${TEAM}`),
      { subresource: 'exec', transport: 'websocket' },
    ],
    [
      'denied',
      refusal('get resource "namespaces" in API group "" in the namespace "gone"'),
      { resource: 'namespaces', namespace: '' },
    ],
    ['inconclusive', refusal(`create resource "pods/exec" ${TEAM}`), { subresource: 'exec' }],
    ['inconclusive', refusal(`list resource "pods" ${TEAM}`), {}],
    ['inconclusive', refusal('get resource "pods" in API group "" in the namespace "other"'), {}],
    ['inconclusive', refusal(`get resource "pods" ${TEAM}`).replace(USER, 'somebody else'), {}],
    ['inconclusive', refusal('get resource "pods" in API group "apps" in the namespace "team"'), {}],
    ['refused', 'pods "x" is forbidden: violates PodSecurity "restricted:latest"', { verb: 'create' }],
    [
      'refused',
      'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
      {},
    ],
    [
      'refused',
      `roles "x" is forbidden: user "${USER}" is attempting to grant RBAC permissions not currently held`,
      { verb: 'create' },
    ],
    [
      'denied',
      `roles "x" is forbidden: user "${USER}" is attempting to grant RBAC permissions not currently held`,
      { verb: 'escalate', group: 'rbac.authorization.k8s.io', resource: 'roles' },
    ],
    [
      'denied',
      refusal(
        'update resource "rolebindings" in API group "rbac.authorization.k8s.io" in the namespace "team"',
      ),
      { verb: 'bind', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
    ],
    [
      'denied',
      refusal(
        'impersonate-on:user-info:create resource "selfsubjectreviews" in API group "authentication.k8s.io" at the cluster scope',
      ),
      { verb: 'impersonate', resource: 'users', namespace: '' },
    ],
    [
      'refused',
      'impersonation is not supported through this server',
      { verb: 'impersonate', resource: 'users' },
    ],
  ] as const)('%s: %s', (result, message, over) => {
    const answer = { status: 403, contentType: JSON_TYPE, body: status('Forbidden', message) }
    expect(judge(answer, question(over), USER)).toMatchObject({ result })
  })

  test('names with quotes and angle brackets are read as the API server wrote them', () => {
    const message = String.raw`User "a\"&lt;b&gt;" cannot get resource "pods" ${TEAM}`
    const answer = { status: 403, contentType: JSON_TYPE, body: status('Forbidden', message) }
    expect(judge(answer, question(), 'a"<b>')).toMatchObject({ result: 'denied' })
  })
})

describe('what an answer says', () => {
  const list = '{"kind":"PodList","items":[]}'
  test.each([
    ['allowed', 200, JSON_TYPE, list],
    ['allowed', 201, JSON_TYPE, '{"kind":"Pod"}'],
    ...[400, 404, 405, 409, 415, 422].map((code) => ['allowed', code, JSON_TYPE, status('x', 'x')] as const),
    ['allowed', 405, 'text/plain', 'Method Not Allowed'],
    ['unauthenticated', 401, JSON_TYPE, status('Unauthorized', 'Unauthorized')],
    // What a gateway or a login page says is neither yes nor no.
    ['inconclusive', 200, 'text/html', '<html>"kind":"x"</html>'],
    ['inconclusive', 200, JSON_TYPE, '{"hello":"world"}'],
    ['inconclusive', 401, 'text/html', '<html>please log in</html>'],
    ['inconclusive', 403, 'text/plain', 'denied destination'],
    ['inconclusive', 404, 'text/html', '<html>not found</html>'],
    ...[301, 406, 410, 429, 500, 502, 503, 504].map(
      (code) => ['inconclusive', code, JSON_TYPE, status('x', 'x')] as const,
    ),
    // Nobody had asked for another protocol.
    ['inconclusive', 101, '', ''],
  ] as const)('%s: %i %s %s', (result, code, contentType, body) => {
    expect(judge({ status: code, contentType, body }, question(), USER).result).toBe(result)
  })

  test('an upgrade is allowed when the protocol was switched, not when it was ignored', () => {
    const asked = question({ subresource: 'exec', transport: 'websocket' })
    expect(judge({ status: 101, contentType: '', body: '' }, asked, USER).result).toBe('allowed')
    expect(judge({ status: 200, contentType: JSON_TYPE, body: list }, asked, USER).result).toBe(
      'inconclusive',
    )
  })

  test('logs and proxied answers may look like anything but a page', () => {
    const log = question({ subresource: 'log' })
    expect(judge({ status: 200, contentType: 'text/plain', body: 'a line' }, log, USER).result).toBe(
      'allowed',
    )
    expect(judge({ status: 200, contentType: 'text/html', body: '<html>' }, log, USER).result).toBe(
      'inconclusive',
    )
  })
})
