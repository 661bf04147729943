import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { askAgain } from '../../src/web/api/ask-again.ts'
import { resourceTypes } from '../../src/web/api/discovery.ts'
import { ApiError, errorOf, isFinal } from '../../src/web/api/errors.ts'
import { jsonLines } from '../../src/web/api/json-lines.ts'
import { createLimit } from '../../src/web/api/limit.ts'
import { collectionPath, objectPath, pluralTitle } from '../../src/web/api/resource-type.ts'

const pods = { group: '', version: 'v1', resource: 'pods' }
const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' }

test('paths are those of the API, whatever a name holds', () => {
  expect(collectionPath(pods)).toBe('/api/v1/pods')
  expect(collectionPath(pods, 'demo')).toBe('/api/v1/namespaces/demo/pods')
  expect(objectPath(roles, { name: 'system:node' }, 'status')).toBe(
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node/status',
  )
  expect(objectPath(pods, { namespace: '../x', name: 'a/b?c#d' })).toBe(
    '/api/v1/namespaces/..%2Fx/pods/a%2Fb%3Fc%23d',
  )
})

test.each([
  ['Pod', 'pods', 'Pods'],
  ['NetworkPolicy', 'networkpolicies', 'NetworkPolicies'],
  ['Ingress', 'ingresses', 'Ingresses'],
  ['Endpoints', 'endpoints', 'Endpoints'],
  ['Ox', 'oxen', 'Oxen'],
  ['Mouse', 'mice', 'Mouse'],
])('many of the kind %s (%s) are %s', (kind, resource, title) => {
  expect(pluralTitle({ kind, resource })).toBe(title)
})

test('a resource counts once, in the version that its group prefers', () => {
  const resource = (name: string) => ({
    resource: name,
    responseKind: { kind: 'X' },
    scope: 'Cluster' as const,
  })
  const types = resourceTypes({
    items: [
      {
        metadata: { name: 'example.com' },
        versions: [
          { version: 'v1', resources: [resource('ones')] },
          { version: 'v1beta1', resources: [resource('ones'), resource('twos')] },
        ],
      },
    ],
  })
  expect(types.map(({ resource: name, version }) => [name, version])).toEqual([
    ['ones', 'v1'],
    ['twos', 'v1beta1'],
  ])
})

const stream = (...chunks: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })

test('a line may come in pieces, and several at once', async () => {
  const found: unknown[] = []
  for await (const value of jsonLines(stream('{"a":', '1}\n{"a"', ':2}\n\n{"a":3}\n'))) found.push(value)
  expect(found).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }])
})

test('a refusal is an error with the reason of the API, and other answers are errors too', async () => {
  const status = { kind: 'Status', code: 403, reason: 'Forbidden', message: 'pods is forbidden' }
  const refused = await errorOf(new Response(JSON.stringify(status), { status: 403 }))
  expect(refused).toMatchObject({ code: 403, reason: 'Forbidden', message: 'pods is forbidden' })
  const page = await errorOf(new Response('<h1>Bad gateway</h1>', { status: 502 }))
  expect(page).toMatchObject({ code: 502, message: 'the answer was 502, without a reason' })
})

test.each([
  [403, true],
  [404, true],
  [429, false],
  [503, false],
  [0, false],
])('an error %i is final: %s', (code, expected) => {
  expect(isFinal(new ApiError(code, {}))).toBe(expected)
})

test('no more tasks run at once than the limit, and a failed one gives its place away', async () => {
  const limit = createLimit(2)
  let running = 0
  let most = 0
  const task = (fails: boolean) => async () => {
    running++
    most = Math.max(most, running)
    await Promise.resolve()
    running--
    if (fails) throw new Error('failed')
    return 'done'
  }
  const results = await Promise.allSettled(
    [true, false, true, false, false].map((fails) => limit(task(fails))),
  )
  expect(results.map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ])
  expect(most).toBe(2)
})

test.each([
  ['a connection that breaks twice is tried again', 2, { status: 503, asked: 3 }],
  ['one that never holds is not tried for ever', 9, { error: 'TypeError', asked: 3 }],
  ['an answer is one, whatever it says', 0, { status: 503, asked: 1 }],
])('asking again: %s', async (_, breaks, expected) => {
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    if (asked <= breaks) request.socket.destroy()
    else response.writeHead(503).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const came = await askAgain(() => fetch(url)).then(
    ({ status }) => ({ status }),
    (error: Error) => ({ error: error.name }),
  )
  expect({ ...came, asked }).toEqual(expected)
})
