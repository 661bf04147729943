import { expect, test } from 'vitest'
import { accessObjects, bindings, GROUPS, namespaceBindings, people } from '../src/index.ts'

test('the five people are those of the reference, each with an ID of its own', () => {
  expect(people.map(({ email }) => email).toSorted()).toEqual([
    'admin@kyma.cx',
    'developer@kyma.cx',
    'namespace.admin@kyma.cx',
    'no-rights-user@kyma.cx',
    'read-only-user@kyma.cx',
  ])
  expect(new Set(people.map(({ userID }) => userID)).size).toBe(5)
})

test('IDs do not change, since `sub` is made of them', () => {
  expect(people.find(({ persona }) => persona === 'admin')!.userID).toBe(
    '7b1f2c52-0f6e-4f0e-9d53-5a1d6a3f0001',
  )
})

test('every group has a person and a right', () => {
  const bound = new Set(bindings().flatMap(({ subjects }) => subjects.map(({ name }) => name)))
  for (const group of GROUPS) {
    expect(people.some(({ groups }) => groups.includes(group))).toBe(true)
    expect(bound).toContain(group)
  }
})

test('a prefix of the issuer’s groups is in every binding', () => {
  const names = [
    ...bindings({ groupsPrefix: 'oidc:' }).flatMap(({ subjects }) => subjects.map(({ name }) => name)),
    ...namespaceBindings({ groupsPrefix: 'oidc:' }).map(({ group }) => group),
  ]
  for (const name of names) expect(name).toMatch(/^oidc:runtime/)
})

test('no object is there twice', () => {
  const keys = accessObjects().map(
    ({ kind, metadata }) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`,
  )
  expect(new Set(keys).size).toBe(keys.length)
})
