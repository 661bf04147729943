import { expect, test } from 'vitest'
import { conflictsOf, conflictsWithItselfAlone, saveOf } from '../../src/web/object/save.ts'
import { decodeValue, withoutSecretValues } from '../../src/web/object/secret-values.ts'
import { parseYaml, toYaml } from '../../src/web/object/yaml.ts'

const before = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', namespace: 'demo', resourceVersion: '5', managedFields: [{}], labels: { a: '1' } },
  data: { one: '1', two: '2' },
}

test('an edit that adds and changes is applied, without what the server writes', () => {
  const { method, request, query } = saveOf(
    before,
    { ...before, data: { one: 'other', two: '2', three: '3' } },
    false,
  )
  expect([method, request.method, query]).toEqual([
    'apply',
    'PATCH',
    'fieldManager=gatehouse-console&force=false',
  ])
  expect(JSON.parse(String(request.body))).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x', namespace: 'demo', labels: { a: '1' } },
    data: { one: 'other', two: '2', three: '3' },
  })
})

test.each([
  ['an entry', { ...before, data: { one: '1' } }],
  ['a label', { ...before, metadata: { ...before.metadata, labels: {} } }],
  ['a whole field', { apiVersion: 'v1', kind: 'ConfigMap', metadata: before.metadata }],
])('an edit that takes away %s replaces the object as it was read', (_, edited) => {
  const { method, request } = saveOf(before, edited, false)
  expect([method, request.method]).toEqual(['replace', 'PUT'])
  expect(request.body).toHaveProperty('metadata.resourceVersion', '5')
  expect(saveOf(before, edited, true).request.body).toHaveProperty('metadata.resourceVersion', undefined)
})

test('a status that the cluster wrote is nothing that an edit takes away', () => {
  const { status: _status, ...edited } = { ...before, status: { phase: 'x' } }
  expect(saveOf({ ...before, status: { phase: 'x' } }, edited, false).method).toBe('apply')
})

test('a conflict names fields and managers', () => {
  const causes = [{ field: '.data.one', message: 'conflict with "kubectl"' }]
  expect(conflictsOf({ details: { causes } })).toEqual([
    { field: '.data.one', message: 'conflict with "kubectl"' },
  ])
  expect(conflictsOf({ message: 'the object has been modified' })).toEqual([
    { field: 'the whole object', message: 'the object has been modified' },
  ])
})

test('only a conflict with nobody else is none', () => {
  const conflictWith = (...managers: string[]) => ({
    details: { causes: managers.map((name) => ({ message: `conflict with "${name}" using v1` })) },
  })
  expect(conflictsWithItselfAlone(conflictWith('gatehouse-console', 'gatehouse-console'))).toBe(true)
  expect(conflictsWithItselfAlone(conflictWith('gatehouse-console', 'kubectl'))).toBe(false)
  expect(conflictsWithItselfAlone(conflictWith('gatehouse-console-2'))).toBe(false)
  expect(conflictsWithItselfAlone(conflictWith())).toBe(false)
  expect(conflictsWithItselfAlone({ message: 'the object has been modified' })).toBe(false)
})

test('no value of a secret is left, not even in the annotation of kubectl', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 's',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"aHVudGVyMg=="}}',
      },
    },
    data: { password: 'aHVudGVyMg==' },
    stringData: { other: 'hunter2' },
  }
  const text = toYaml(withoutSecretValues(secret))
  expect(text).not.toMatch(/aHVudGVyMg|hunter2/)
  expect(text).toContain('password: (hidden)')
  expect(withoutSecretValues(before)).toBe(before)
})

test('values are text where they are UTF-8, else they are none', () => {
  expect(decodeValue('w7xiZXI=')).toBe('über')
  expect(decodeValue('//79')).toBeUndefined()
  expect(decodeValue('not base64!')).toBeUndefined()
})

test.each([
  ['', 'this is not a Kubernetes object'],
  ['just text', 'this is not a Kubernetes object'],
  ['kind: Pod', 'apiVersion and kind must be there'],
  ['{apiVersion: v1, kind: Pod}', 'metadata.name is missing'],
  ['a: [', ''],
  [
    `a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]`,
    'alias',
  ],
])('%j is refused with a reason', (text, reason) => {
  const parsed = parseYaml(text)
  expect('problem' in parsed && parsed.problem).toMatch(reason)
})

test('what is shown can be typed back', () => {
  expect(parseYaml(toYaml(before))).toEqual({
    object: {
      ...before,
      metadata: { name: 'x', namespace: 'demo', resourceVersion: '5', labels: { a: '1' } },
    },
  })
})
