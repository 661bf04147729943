import { describe, expect, test } from 'vitest'
import type { AccessLine } from '../../src/why/access-log.ts'
import type { AuditEvent } from '../../src/why/audit-log.ts'
import { joinLogs, lacksSomething } from '../../src/why/join.ts'
import { withRbac } from '../../src/why/why.ts'

const line: AccessLine = {
  msg: 'request',
  time: '2026-11-25T18:00:01.000Z',
  auditId: 'id',
  user: 'jane',
  groups: ['team', 'system:authenticated'],
  impersonatedGroups: [],
  method: 'GET',
  path: '/api/v1/namespaces/demo/pods',
  verb: 'list',
  group: '',
  resource: 'pods',
  namespace: 'demo',
  decision: 'allowed',
  status: 200,
  durationMs: 12,
  remoteAddress: '127.0.0.1',
}
const denied: AccessLine = { ...line, decision: 'denied', status: 403, reason: 'pods is forbidden' }
const refused: AccessLine = {
  ...line,
  user: undefined,
  groups: [],
  verb: undefined,
  resource: undefined,
  decision: 'refused',
  status: 401,
}

const event: AuditEvent = {
  auditID: 'id',
  stage: 'ResponseComplete',
  requestURI: '/api/v1/namespaces/demo/pods?limit=500',
  verb: 'list',
  user: { username: 'proxy', groups: ['system:authenticated'] },
  impersonatedUser: { username: 'jane', groups: ['team', 'system:authenticated'] },
  responseStatus: { code: 200 },
  requestReceivedTimestamp: '2026-11-25T18:00:00.900000Z',
  stageTimestamp: '2026-11-25T18:00:00.910000Z',
  sourceIPs: ['127.0.0.1'],
  annotations: {
    'authorization.k8s.io/decision': 'allow',
    'authorization.k8s.io/reason': 'RBAC: allowed by …',
  },
}
/** The proxy's question about the request, under the request's Audit-ID. */
const review: AuditEvent = {
  ...event,
  requestURI: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
  verb: 'create',
  impersonatedUser: undefined,
}
const direct: AuditEvent = {
  ...event,
  user: { username: 'jane', groups: ['team'] },
  impersonatedUser: undefined,
}

const join = (accessLines: AccessLine[], auditEvents: AuditEvent[] | null) =>
  joinLogs({ auditId: 'id', accessLines, auditEvents })

describe('the story of a request', () => {
  test('that was allowed has both decisions, and the user for whom the proxy asked', () => {
    expect(join([line], [review, event])).toEqual({
      auditId: 'id',
      time: event.requestReceivedTimestamp,
      user: { name: 'jane', groups: ['team', 'system:authenticated'] },
      request: {
        line: 'GET /api/v1/namespaces/demo/pods?limit=500',
        from: '127.0.0.1',
        attributes: {
          verb: 'list',
          apiGroup: '',
          resource: 'pods',
          subresource: '',
          namespace: 'demo',
          name: '',
        },
      },
      proxy: { decision: 'allowed', status: 200, reason: undefined, durationMs: 12 },
      apiserver: {
        decision: 'allowed',
        reason: 'RBAC: allowed by …',
        status: 200,
        impersonator: 'proxy',
        isUnderWay: false,
      },
      rbac: undefined,
      notes: [],
    })
  })

  test("that the proxy denied does not take the proxy's own review for it", () => {
    expect(join([denied], [review])).toMatchObject({
      user: { name: 'jane' },
      proxy: { decision: 'denied', reason: 'pods is forbidden' },
      apiserver: undefined,
      notes: [],
    })
  })

  test('by somebody who acts as another names both, and is about the rights of the other', () => {
    const as = { ...denied, user: 'boss', impersonatedUser: 'jane', impersonatedGroups: ['team'] }
    expect(join([as], [review])).toMatchObject({
      user: { name: 'jane', groups: ['team'] },
      notes: ['"boss" asked, and acts as "jane" (kubectl --as).'],
    })
  })

  test('for a review by a person is that review', () => {
    const asked = { ...line, method: 'POST', path: review.requestURI, verb: 'create' }
    const answered = { ...review, impersonatedUser: event.impersonatedUser }
    expect(join([asked], [review, answered])).toMatchObject({ apiserver: { impersonator: 'proxy' } })
  })

  test('that was refused before it was understood asks for nothing, and nobody asked', () => {
    const { user, request, proxy } = join([refused], [])
    expect(user).toBeUndefined()
    expect(request).toMatchObject({ line: 'GET /api/v1/namespaces/demo/pods', attributes: undefined })
    expect(proxy).toMatchObject({ decision: 'refused', status: 401 })
  })

  test('that did not come through the proxy is told by the audit log alone', () => {
    expect(join([], [direct])).toMatchObject({
      user: { name: 'jane', groups: ['team'] },
      request: { attributes: { verb: 'list', resource: 'pods', namespace: 'demo' } },
      proxy: undefined,
      apiserver: { impersonator: undefined },
      notes: ['It did not come through the proxy.'],
    })
  })

  test('that is not over has a beginning', () => {
    const started = { ...event, stage: 'ResponseStarted', verb: 'watch', requestURI: '/api/v1/pods?watch=1' }
    expect(join([], [started])).toMatchObject({
      request: { line: 'GET /api/v1/pods?watch=1', attributes: { verb: 'watch', namespace: '' } },
      apiserver: { isUnderWay: true },
      notes: [expect.stringContaining('it is not over yet')],
    })
  })

  test('to create an object has no name, whatever the audit log makes of its body', () => {
    const created = { ...direct, verb: 'create', requestURI: '/api/v1/namespaces/demo/pods' }
    expect(join([], [created]).request.attributes).toMatchObject({ verb: 'create', name: '' })
  })

  test('whose target can be read in two ways asks for nothing certain', () => {
    const odd = { ...direct, requestURI: '/api/v1/namespaces/demo//pods' }
    expect(join([], [odd])).toMatchObject({ request: { attributes: undefined }, user: { name: 'jane' } })
  })

  test('where there is no audit log says so', () => {
    expect(join([line], null)).toMatchObject({
      user: { name: 'jane', groups: ['team', 'system:authenticated'] },
      apiserver: null,
      notes: ['This cluster has no audit log that can be read here.'],
    })
  })

  test('whose Audit-ID came several times says so', () => {
    expect(join([denied, line], [event]).notes).toEqual([expect.stringMatching(/^2 requests .* the last/)])
  })

  test('on which proxy and API server disagree says so', () => {
    const forbidden = {
      ...event,
      responseStatus: { code: 403 },
      annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' },
    }
    expect(join([line], [forbidden])).toMatchObject({
      apiserver: { decision: 'denied', reason: undefined },
      notes: [expect.stringMatching(/disagree/)],
    })
  })

  test('that the API server has never seen says so', () => {
    expect(join([{ ...line, status: 502 }], [])).toMatchObject({
      apiserver: undefined,
      notes: [expect.stringMatching(/nothing of it/)],
    })
  })

  test.each([
    ['as it was decided', true, []],
    [
      'otherwise than it was decided',
      false,
      [expect.stringMatching(/^By the roles .* denied: they changed/)],
    ],
  ])('is compared with the rights that are there now: %s', (_what, allowed, notes) => {
    const rbac = {
      allowed,
      bypassed: false,
      grants: [],
      dangling: [],
      nearest: [],
      nearMisses: [],
      sentences: [],
    }
    expect(withRbac(join([line], [event]), rbac).notes).toEqual(notes)
  })
})

describe('the other log is waited for', () => {
  test.each<[string, boolean, AccessLine[], AuditEvent[] | null]>([
    ['when the proxy forwarded it and the API server has not said so', true, [line], [review]],
    ['not when both have it', false, [line], [review, event]],
    ['not when the proxy denied it', false, [denied], [review]],
    ['when the proxy has asked for it, and nothing else is known', true, [], [review]],
    ['when it came through the proxy, which has no line', true, [], [event]],
    ['not while it is under way', false, [], [{ ...event, stage: 'ResponseStarted' }]],
    ['not when it came directly', false, [], [direct]],
    ['not when nothing is known', false, [], []],
    ['not where there is no audit log', false, [line], null],
  ])('%s', (_when, waits, accessLines, auditEvents) => {
    expect(lacksSomething({ auditId: 'id', accessLines, auditEvents })).toBe(waits)
  })
})
