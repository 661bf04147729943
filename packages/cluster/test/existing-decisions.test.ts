import { describe, expect, test } from 'vitest'
import { parseVersion } from '../src/existing/connect.ts'
import { explainFailure } from '../src/existing/explain-failure.ts'
import { isAsWanted } from '../src/existing/is-as-wanted.ts'
import { renewalDue } from '../src/existing/keep-renewed.ts'
import { type ClusterObject, labelled } from '../src/existing/objects.ts'
import { decideWrites } from '../src/existing/plan.ts'
import { describeRights, needsToWrite } from '../src/existing/rights.ts'

const RBAC = 'rbac.authorization.k8s.io'
const clusterRoles = { group: RBAC, kind: 'ClusterRole', name: 'clusterroles', namespaced: false, verbs: [] }
const role: ClusterObject = {
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRole',
  metadata: { name: 'reader' },
  rules: [
    { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get'] },
    { apiGroups: [''], resources: ['users'], resourceNames: ['jane', 'joe'], verbs: ['impersonate'] },
    { nonResourceURLs: ['/metrics'], verbs: ['get'] },
  ],
}

describe('what is there is as wanted', () => {
  const stored = labelled({
    ...role,
    metadata: { ...role.metadata, uid: 'x', resourceVersion: '7' },
  })
  test.each<[string, ClusterObject, ClusterObject, boolean]>([
    ['when it is equal but for what the API server adds', labelled(role), stored, true],
    ['not when the label is missing', labelled(role), role, false],
    [
      'not when a role there has a rule more',
      role,
      { ...role, rules: [...(role['rules'] as []), {}] },
      false,
    ],
    ['not when a list is shorter', role, { ...role, rules: [] }, false],
    ['not when a value differs', { ...role, a: { b: 1 } }, { ...role, a: { b: 2 } }, false],
    ['when an empty list is left out', { ...role, list: [] }, role, true],
    ['not when a list that is to be empty is not', { ...role, list: [] }, { ...role, list: [1] }, false],
    [
      'when the cluster filled in an aggregated role',
      { ...role, aggregationRule: {}, rules: [] },
      { ...role, aggregationRule: {} },
      true,
    ],
    [
      "when a Secret's text is there as base64",
      { ...role, kind: 'Secret', stringData: { key: 'text' } },
      { ...role, kind: 'Secret', data: { key: 'dGV4dA==' } },
      true,
    ],
    [
      'not when it is another text',
      { ...role, kind: 'Secret', stringData: { key: 'other' } },
      { ...role, kind: 'Secret', data: { key: 'dGV4dA==' } },
      false,
    ],
  ])('%s', (_when, wanted, actual, answer) => {
    expect(isAsWanted(wanted, actual)).toBe(answer)
  })
})

describe('a plan', () => {
  const object = labelled(role)
  const wanted = (stored: ClusterObject | undefined) => [{ object, resource: clusterRoles, stored }]

  test('creates what is missing', () => {
    expect(decideWrites(wanted(undefined))).toEqual({ writes: [{ action: 'create', object }], foreign: [] })
  })
  test('leaves what is as wanted', () => {
    expect(decideWrites(wanted(object))).toEqual({ writes: [], foreign: [] })
  })
  test('changes what is ours and differs, if nobody else did so first', () => {
    const stored = { ...object, rules: [], metadata: { ...object.metadata, resourceVersion: '7' } }
    expect(decideWrites(wanted(stored))).toEqual({
      writes: [{ action: 'change', object, resourceVersion: '7' }],
      foreign: [],
    })
  })
  test("never touches somebody else's, even when it is the same", () => {
    expect(decideWrites(wanted(role))).toEqual({ writes: [], foreign: [role] })
  })
})

describe('the rights that a write needs', () => {
  test('creating a role takes escalate, or everything that the role gives', () => {
    expect(needsToWrite('create', role, clusterRoles, [role])).toEqual([
      { right: { verb: 'create', group: RBAC, resource: 'clusterroles' } },
      {
        right: { verb: 'escalate', group: RBAC, resource: 'clusterroles' },
        instead: [
          { verb: 'get', group: '', resource: 'pods' },
          { verb: 'get', group: '', resource: 'pods', subresource: 'log' },
          { verb: 'impersonate', group: '', resource: 'users', name: 'jane' },
          { verb: 'impersonate', group: '', resource: 'users', name: 'joe' },
          { verb: 'get', path: '/metrics' },
        ],
      },
    ])
  })

  test('binding a role takes bind on it', () => {
    const binding: ClusterObject = {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'readers', namespace: 'demo' },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'reader' },
    }
    const resource = { ...clusterRoles, kind: 'RoleBinding', name: 'rolebindings', namespaced: true }
    const needs = needsToWrite('change', binding, resource, [])
    expect(needs.map(({ right }) => right)).toEqual([
      { verb: 'patch', group: RBAC, resource: 'rolebindings', namespace: 'demo', name: 'readers' },
      { verb: 'bind', group: RBAC, resource: 'clusterroles', namespace: 'demo', name: 'reader' },
    ])
    // A role that is not known gives nothing that could be had instead.
    expect(needs[1]).not.toHaveProperty('instead')
  })

  test('a role that the cluster fills in can only be escalated to', () => {
    const aggregated = { ...role, aggregationRule: { clusterRoleSelectors: [] } }
    expect(needsToWrite('create', aggregated, clusterRoles, [])[1]).not.toHaveProperty('instead')
  })

  test('are listed by object, with all verbs in one line', () => {
    const right = { group: RBAC, resource: 'clusterroles', name: 'reader' }
    expect(
      describeRights([
        { ...right, verb: 'get' },
        {
          verb: 'create',
          group: '',
          resource: 'serviceaccounts',
          subresource: 'token',
          namespace: 'x',
          name: 'y',
        },
        { ...right, verb: 'patch' },
        { verb: 'get', path: '/metrics' },
      ]),
    ).toEqual([
      `get, patch clusterroles.${RBAC} "reader"`,
      'create serviceaccounts/token "y" in the namespace x',
      'get /metrics',
    ])
  })
})

const version = (gitVersion: string) => JSON.stringify({ gitVersion })

test.each(['v1.37.2', 'v1.28.0-eks-0123', 'v1.28.15+rke2r1', 'v2.0.0'])('Kubernetes %s will do', (text) => {
  expect(parseVersion(version(text))).toBe(text)
})

test.each(['v1.27.9', 'v1.3.0', 'v0.40.0', 'unknown'])('Kubernetes %s is refused', (text) => {
  expect(() => parseVersion(version(text))).toThrow(expect.objectContaining({ code: 'ERR_VERSION' }))
})

test.each([
  [
    'The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?',
    'ERR_UNREACHABLE',
  ],
  [
    'Unable to connect to the server: dial tcp: lookup nowhere on 1.1.1.1:53: no such host',
    'ERR_UNREACHABLE',
  ],
  ['Unable to connect to the server: context deadline exceeded', 'ERR_UNREACHABLE'],
  [
    'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'ERR_UNREACHABLE',
  ],
  ['error: You must be logged in to the server (Unauthorized)', 'ERR_CREDENTIALS'],
  [
    'error: You must be logged in to the server (the server has asked for the client to provide credentials)',
    'ERR_CREDENTIALS',
  ],
  ['Unable to connect to the server: remote error: tls: expired certificate', 'ERR_CREDENTIALS'],
  ['Unable to connect to the server: getting credentials: exec: executable aws not found', 'ERR_CREDENTIALS'],
  [
    'Unable to connect to the server: getting credentials: exec: executable aws failed with exit code 255',
    'ERR_CREDENTIALS',
  ],
  ['Error from server (Forbidden): namespaces is forbidden: User "x" cannot create', 'ERR_FORBIDDEN'],
  ['Error from server (AlreadyExists): namespaces "x" already exists', 'ERR_KUBECTL'],
])('%s is %s', (stderr, code) => {
  expect(explainFailure(stderr).code).toBe(code)
})

test('a token is renewed after two thirds of its life, whatever the clocks say', () => {
  const issuedAt = new Date('2030-01-01T00:00:00Z')
  const expiresAt = new Date('2030-01-01T01:00:00Z')
  expect(renewalDue({ issuedAt, expiresAt }, 1_000)).toBe(1_000 + 40 * 60 * 1_000)
  // A cluster that gives tokens without a life is not asked without end.
  expect(renewalDue({ issuedAt, expiresAt: issuedAt }, 1_000)).toBe(2_000)
})
