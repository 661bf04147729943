import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Decision, readRbacObjects } from '../../src/index.ts'
import {
  aggregate,
  type ClusterRole,
  describeAttributes,
  evaluate,
  type Grant,
  type RbacObjects,
  type RbacPolicy,
  rbacPolicy,
} from '../../src/rbac/index.ts'
import { join, objectsOf, type Question } from './access.ts'
import { cases } from './cases.ts'
import { startCluster, type TestCluster } from './cluster.ts'
import { isolate } from './isolate.ts'
import { plantedBugs, withBug } from './planted-bugs.ts'
import { randomAccess } from './random-access.ts'

const SEED = Number(process.env['FAST_CHECK_SEED'] ?? Date.now() % 2 ** 31)

interface Asked extends Question {
  readonly answer: Decision
}

/** Random roles, bindings and questions about them, each set with names of its own. */
const random = fc.sample(randomAccess, { seed: SEED, numRuns: 50 }).map(({ given, questions }, index) => {
  const prefix = `random${index}`
  const isolated = questions.map((question) => isolate({ given, ...question }, prefix))
  return { objects: objectsOf(prefix, isolated[0]!.given), questions: isolated }
})
const known = cases.map((one, index) => isolate(one, `case${index}`))

/** Roles that are made of others, one of them through a third. */
const aggregated: readonly ClusterRole[] = [
  { name: 'sum', selector: { matchLabels: { part: 'of-sum' } } },
  { name: 'of-sum', selector: { matchExpressions: [{ key: 'part', operator: 'In', values: ['x', 'y'] }] } },
].map(({ name, selector }) => ({
  metadata: { name: `aggregated-${name}`, labels: { part: name } },
  aggregationRule: { clusterRoleSelectors: [selector] },
}))
const parts: readonly ClusterRole[] = ['y', 'x', 'x', 'z'].map((part, index) => ({
  metadata: { name: `aggregated-part-${index}`, labels: { part } },
  rules: [{ apiGroups: [''], resources: [`of-${part}`], verbs: ['get'] }],
}))

let cluster: TestCluster
let objects: RbacObjects
let policy: RbacPolicy
let askedAtRandom: Asked[]
let answersToCases: Decision[]

async function askAll(questions: readonly Question[]): Promise<Asked[]> {
  const answers = await cluster.ask(questions)
  return questions.map(({ user, attributes }, index) => ({ user, attributes, answer: answers[index]! }))
}

beforeAll(async () => {
  cluster = await startCluster()
  const ofCases = known.map(({ given }, index) => objectsOf(`case${index}`, given))
  await cluster.create(join([...ofCases, ...random.map((one) => one.objects)]))
  answersToCases = await cluster.ask(known)
  askedAtRandom = await askAll(random.flatMap(({ questions }) => questions))
  objects = await readRbacObjects(cluster.connection, AbortSignal.timeout(20_000))
  policy = rbacPolicy(objects)
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const sentence = ({ user, attributes }: Question) =>
  `${user.name} (${user.groups.join()}): ${describeAttributes(attributes)}`

interface Evaluator {
  readonly evaluate: typeof evaluate
  readonly policy: RbacPolicy
}

/** Whether an evaluator has another answer to the question than the API server. */
const disagrees = (evaluator: Evaluator, { user, attributes, answer }: Asked) =>
  evaluator.evaluate(evaluator.policy, user, attributes).allowed !== answer.allowed

test('the API server decides on every case as the table says', () => {
  const others = known.filter(({ allowed }, index) => answersToCases[index]!.allowed !== allowed)
  expect(others.map(({ name }) => name)).toEqual([])
})

test('on random roles and bindings the evaluator and the API server agree', () => {
  const others = askedAtRandom.filter((one) => disagrees({ evaluate, policy }, one))
  const inWords = others.map(
    (one) => `${sentence(one)} is ${one.answer.allowed ? 'allowed' : 'denied'} (seed ${SEED})`,
  )
  expect(inWords).toEqual([])
})

test('random questions are allowed and denied often enough, and by every kind of reason', () => {
  const allowed = askedAtRandom.filter(({ answer }) => answer.allowed)
  const share = allowed.length / askedAtRandom.length
  expect(askedAtRandom.length).toBeGreaterThan(2000)
  expect(share).toBeGreaterThan(0.25)
  expect(share).toBeLessThan(0.75)
  const reasons = allowed.map(({ answer }) => answer.reason).join('\n')
  expect(reasons).toMatch(/ClusterRoleBinding .* of ClusterRole .* to User/)
  expect(reasons).toMatch(/ClusterRoleBinding .* of ClusterRole .* to Group/)
  expect(reasons).toMatch(/ClusterRoleBinding .* of ClusterRole .* to ServiceAccount/)
  expect(reasons).toMatch(/RoleBinding ".*\/.*" of ClusterRole .* to User/)
  expect(reasons).toMatch(/RoleBinding ".*\/.*" of Role .* to ServiceAccount/)
  expect(allowed.filter(({ attributes }) => 'path' in attributes).length).toBeGreaterThan(30)
})

test('the binding that the API server names is among the reasons of the evaluator', () => {
  const unnamed = askedAtRandom.filter(({ user, attributes, answer }) => {
    const { grants } = evaluate(policy, user, attributes)
    return answer.allowed && !grants.map(inWordsOfTheServer).includes(answer.reason)
  })
  expect(unnamed.map((one) => `${sentence(one)}: ${one.answer.reason}`)).toEqual([])
})

/** As `authorizingVisitor` of the RBAC authorizer puts it; namespaces stand after names there. */
function inWordsOfTheServer({ binding, subject, role }: Grant): string {
  const name = binding.namespace === undefined ? binding.name : `${binding.name}/${binding.namespace}`
  const who =
    subject.kind === 'ServiceAccount'
      ? `${subject.name}/${subject.namespace ?? binding.namespace}`
      : subject.name
  return `RBAC: allowed by ${binding.kind} "${name}" of ${role.kind} "${role.name}" to ${subject.kind} "${who}"`
}

test('aggregation gives the rules that the controller gives', async () => {
  const none = { roles: [], roleBindings: [], clusterRoleBindings: [] }
  await cluster.create({ ...none, clusterRoles: [...aggregated, ...parts] })
  const read = async () =>
    (await readRbacObjects(cluster.connection, AbortSignal.timeout(20_000))).clusterRoles
  const rulesOf = (roles: readonly ClusterRole[]) =>
    roles
      .filter(({ aggregationRule }) => aggregationRule)
      .map(({ metadata, rules }) => ({ name: metadata.name, rules }))
      .toSorted((a, b) => a.name.localeCompare(b.name))
  // Ours and Kubernetes' own (admin, edit, view), from their parts alone.
  const ours = rulesOf(
    aggregate((await read()).map((role) => (role.aggregationRule ? { ...role, rules: null } : role))),
  )
  expect(ours.map(({ name }) => name)).toEqual(expect.arrayContaining(['admin', 'aggregated-sum', 'edit']))
  expect(ours.find(({ name }) => name === 'aggregated-sum')?.rules).toHaveLength(2)
  await expect.poll(async () => rulesOf(await read())).toEqual(ours)
})

describe('a mistake in the evaluator is found', () => {
  test.each(plantedBugs)('$what', async (bug) => {
    await using broken = await withBug(bug)
    const asked = [
      ...known.map((one, index) => ({ ...one, answer: answersToCases[index]! })),
      ...askedAtRandom,
    ]
    const evaluator = { evaluate: broken.evaluate, policy: broken.rbacPolicy(objects) }
    expect(asked.some((one) => disagrees(evaluator, one))).toBe(true)
  })
})
