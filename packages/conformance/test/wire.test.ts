import { describe, expect, test } from 'vitest'
import { parseRequestTarget, requestInfo } from '@gatehouse/authorization'
import { wireRequest } from '../src/request/wire.ts'
import { planned, served } from './fixtures.ts'

const context = { name: 'nothing', pods: new Map([['team', 'the-pod']]) }
const ask = (...of: Parameters<typeof planned>) => wireRequest(planned(...of), context)

describe('the API server reads a request as the question that it is for', () => {
  const pods = served()
  const deployments = { group: 'apps', resource: 'deployments', body: { kind: 'Deployment' } }
  const cluster = { resource: 'nodes', namespaced: false }
  test.each([
    ...pods.verbs.map((verb) => [{ verb }, {}] as const),
    ...pods.verbs.map((verb) => [{ verb, group: 'apps', resource: 'deployments' }, deployments] as const),
    ...pods.verbs.map((verb) => [{ verb, resource: 'nodes', namespace: '' }, cluster] as const),
    ...['list', 'watch'].map((verb) => [{ verb, namespace: '' }, {}] as const),
    ...['get', 'update', 'patch'].map(
      (verb) => [{ verb, subresource: 'status' }, { subresource: 'status' }] as const,
    ),
    [{ verb: 'create', subresource: 'eviction' }, { subresource: 'eviction' }] as const,
  ])('%o', (over, resource) => {
    const request = ask(over, resource)
    const info = requestInfo(request.method, parseRequestTarget(request.target))
    const {
      verb,
      group = '',
      resource: name = 'pods',
      subresource = '',
      namespace = 'team',
    } = over as Record<string, string>
    expect(info).toMatchObject({ verb, apiGroup: group, resource: name, subresource, namespace })
  })

  test.each(['get', 'list', 'watch', 'delete'])('%s of one object by its name', (verb) => {
    const { method, target } = ask({ verb, name: 'one' })
    expect(requestInfo(method, parseRequestTarget(target))).toMatchObject({ verb, name: 'one' })
  })

  test.each(['/version', '/metrics', '/openapi/v3'])('%s', (nonResourcePath) => {
    const { method, target } = wireRequest(
      { question: { ...planned().question, resource: '', nonResourcePath }, served: undefined },
      context,
    )
    expect(requestInfo(method, parseRequestTarget(target))).toMatchObject({
      isResourceRequest: false,
      verb: 'get',
      path: nonResourcePath,
    })
  })
})

describe('nothing that is asked for can be stored', () => {
  const parse = (body: string | undefined) => JSON.parse(body ?? '') as Record<string, unknown>

  test.each(['create', 'update', 'patch'])('%s says dryRun in its query', (verb) => {
    expect(ask({ verb }).target).toContain('dryRun=All')
  })

  test('DELETE says it in its body, since with a body the query does not count', () => {
    for (const verb of ['delete', 'deletecollection'])
      expect(parse(ask({ verb }).body)).toMatchObject({ dryRun: ['All'] })
  })

  test('deletecollection selects nothing, also where there is no dry run', () => {
    const { target } = ask({ verb: 'deletecollection' }, { dryRun: new Set() })
    expect(target).toMatch(/\?labelSelector=gatehouse\.localhost%2Fconformance%3Dnothing$/)
  })

  test.each(['update', 'patch', 'delete'])('%s of what is there fails its precondition', (verb) => {
    const { body } = ask({ verb, name: 'there' })
    const uid = verb === 'delete' ? 'preconditions' : 'metadata'
    expect(parse(body)[uid]).toMatchObject({ uid: '00000000-0000-0000-0000-000000000000' })
  })

  test.each(['create', 'update', 'patch'])(
    '%s has a body that no decoder takes where there is no dry run',
    (verb) => {
      const { body } = ask({ verb }, { dryRun: new Set() })
      expect(() => parse(body)).toThrow(SyntaxError)
    },
  )

  test.each(['bind', 'escalate'])('%s is a dry run', (verb) => {
    const question = {
      ...planned().question,
      verb,
      group: 'rbac.authorization.k8s.io',
      resource: 'clusterroles',
    }
    const { method, target } = wireRequest({ question, served: undefined }, context)
    expect(`${method} ${target}`).toMatch(/^PUT .*\?dryRun=All$/)
  })
})

test('exec, attach and port-forward go to the pod that runs, by WebSocket with GET and by SPDY with POST', () => {
  for (const subresource of ['exec', 'attach', 'portforward']) {
    const path = `/api/v1/namespaces/team/pods/the-pod/${subresource}`
    const socket = ask({ verb: 'get', subresource, transport: 'websocket' }, { subresource })
    expect(socket).toMatchObject({
      method: 'GET',
      headers: { upgrade: 'websocket', 'sec-websocket-version': '13' },
    })
    expect(socket.target).toContain(path)
    const spdy = ask({ verb: 'create', subresource, transport: 'spdy' }, { subresource })
    expect(spdy).toMatchObject({ method: 'POST', headers: { upgrade: 'SPDY/3.1' } })
    expect(spdy.target).toContain(path)
  }
})

test('a verb that nobody knows is an error, not a request', () => {
  expect(() => ask({ verb: 'frobnicate' })).toThrow(/frobnicate/)
})
