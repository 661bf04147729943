import { expect, test } from 'vitest'
import { configSchema } from '../src/config.ts'

const binding = { name: 'admins', group: 'g', clusterRole: 'r' }
const parse = (over: object) =>
  configSchema.safeParse({ kubeconfig: 'k', operations: { port: 0 }, bindings: [binding], ...over })

test('system namespaces are excluded unless others are named', () => {
  expect(parse({}).data?.excludedNamespaces).toEqual(['kube-system', 'kube-public', 'kube-node-lease'])
})

test.each<[string, object, string]>([
  ['no bindings', { bindings: [] }, 'bindings'],
  ['a name twice', { bindings: [binding, { ...binding, group: 'h' }] }, 'bindings/1/name'],
  [
    'a group of the system',
    { bindings: [{ ...binding, group: 'system:authenticated' }] },
    'bindings/0/group',
  ],
  ['an empty group', { bindings: [{ ...binding, group: '' }] }, 'bindings/0/group'],
  ['a name with a slash', { bindings: [{ ...binding, name: '../x' }] }, 'bindings/0/name'],
  ['a binding both kept and retired', { retiredBindings: ['admins'] }, 'retiredBindings/0'],
  ['what is no namespace', { excludedNamespaces: ['kube_system'] }, 'excludedNamespaces/0'],
  ['an unknown setting', { resync: 1 }, ''],
])('%s is a problem', (_, over, path) => {
  expect(parse(over).error?.issues.map((issue) => issue.path.join('/'))).toContain(path)
})
