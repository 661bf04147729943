import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  createAuthorizer,
  type Decision,
  parseRequestTarget,
  requestInfo,
  type SubjectAccessReviewSpec,
} from '../src/index.ts'

const alice = { username: 'alice', groups: ['developers', 'system:authenticated'], extra: {} }
const pods = requestInfo('GET', parseRequestTarget('/api/v1/namespaces/a/pods'))

function recorder(answer: (spec: SubjectAccessReviewSpec) => Promise<Decision>) {
  const asked: SubjectAccessReviewSpec[] = []
  const review = async (spec: SubjectAccessReviewSpec) => {
    asked.push(spec)
    return answer(spec)
  }
  return { asked, review }
}

const yes = async () => ({ allowed: true, reason: '' })
const no = async () => ({ allowed: false, reason: '' })

test('a decision is asked for once and then remembered', async () => {
  const { asked, review } = recorder(yes)
  const authorizer = createAuthorizer({ review })
  expect(authorizer.recall(alice, pods)).toBeUndefined()
  expect(await authorizer.authorize(alice, pods)).toMatchObject({ allowed: true })
  expect(authorizer.recall(alice, pods)).toMatchObject({ allowed: true })
  await authorizer.authorize({ ...alice }, { ...pods })
  expect(asked).toHaveLength(1)
})

test('a no is forgotten sooner than a yes, and a yes after its time', async () => {
  const authorizer = createAuthorizer({ review: no, deniedTtlSeconds: 0.2, allowedTtlSeconds: 0.2 })
  await authorizer.authorize(alice, pods)
  await expect.poll(() => authorizer.recall(alice, pods)).toBeUndefined()
  const other = createAuthorizer({ review: yes, allowedTtlSeconds: 0.2 })
  await other.authorize(alice, pods)
  await expect.poll(() => other.recall(alice, pods)).toBeUndefined()
})

test('many requests at once make one review', async () => {
  const { asked, review } = recorder(async () => {
    await delay(20)
    return { allowed: true, reason: '' }
  })
  const authorizer = createAuthorizer({ review })
  const decisions = await Promise.all(Array.from({ length: 50 }, () => authorizer.authorize(alice, pods)))
  expect(decisions.every(({ allowed }) => allowed)).toBe(true)
  expect(asked).toHaveLength(1)
})

test('a failed review is a rejection for all who wait, and is asked again', async () => {
  let fails = true
  const { asked, review } = recorder(async () => {
    if (fails) throw new Error('the API server is away')
    return { allowed: true, reason: '' }
  })
  const authorizer = createAuthorizer({ review })
  const outcomes = await Promise.allSettled([
    authorizer.authorize(alice, pods),
    authorizer.authorize(alice, pods),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  expect(await authorizer.authorize(alice, pods)).toMatchObject({ allowed: true })
  expect(asked).toHaveLength(2)
})

test.each([
  ['another user', { ...alice, username: 'bob' }, pods],
  ['another uid', { ...alice, uid: '1' }, pods],
  ['one group less', { ...alice, groups: ['system:authenticated'] }, pods],
  ['groups that look joined', { ...alice, groups: ['developers","system:authenticated'] }, pods],
  ['another extra', { ...alice, extra: { scopes: ['x'] } }, pods],
  ['another verb', alice, { ...pods, verb: 'watch' }],
  ['another name', alice, { ...pods, name: 'b' }],
  ['another subresource', alice, { ...pods, subresource: 'log' }],
  ['another version', alice, { ...pods, apiVersion: 'v2' }],
  ['another selector', alice, { ...pods, labelSelector: 'a=b' }],
  ['another namespace', alice, { ...pods, namespace: '' }],
])('a decision is not taken for %s', async (_what, subject, info) => {
  const authorizer = createAuthorizer({ review: yes })
  await authorizer.authorize(alice, pods)
  expect(authorizer.recall(alice, pods)).toBeDefined()
  expect(authorizer.recall(subject, info)).toBeUndefined()
})

test('the review holds everything that the API server would look at', async () => {
  const { asked, review } = recorder(yes)
  const target = parseRequestTarget(
    '/apis/apps/v1/namespaces/a/deployments?labelSelector=x%3Dy&fieldSelector=metadata.name%3Db',
  )
  const subject = { ...alice, uid: '7', extra: { scopes: ['read'] } }
  await createAuthorizer({ review }).authorize(subject, requestInfo('GET', target))
  await createAuthorizer({ review }).authorize(alice, requestInfo('GET', parseRequestTarget('/version')))
  expect(asked).toEqual([
    {
      user: 'alice',
      uid: '7',
      groups: ['developers', 'system:authenticated'],
      extra: { scopes: ['read'] },
      resourceAttributes: {
        verb: 'list',
        group: 'apps',
        version: 'v1',
        resource: 'deployments',
        subresource: '',
        namespace: 'a',
        name: 'b',
        fieldSelector: { rawSelector: 'metadata.name=b' },
        labelSelector: { rawSelector: 'x=y' },
      },
    },
    {
      user: 'alice',
      groups: ['developers', 'system:authenticated'],
      nonResourceAttributes: { path: '/version', verb: 'get' },
    },
  ])
})
