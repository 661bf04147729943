import { describe, expect, test } from 'vitest'
import { aggregate, type ClusterRole, type LabelSelector } from '../../src/rbac/index.ts'

const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] })

function part(name: string, labels: Record<string, string>, ...resources: string[]): ClusterRole {
  return { metadata: { name, labels }, rules: resources.map(rule) }
}

function whole(name: string, selectors: LabelSelector[], labels: Record<string, string> = {}): ClusterRole {
  return { metadata: { name, labels }, aggregationRule: { clusterRoleSelectors: selectors }, rules: null }
}

function resourcesOf(roles: readonly ClusterRole[], name: string): string[] {
  const role = aggregate(roles).find(({ metadata }) => metadata.name === name)
  return (role?.rules ?? []).flatMap(({ resources }) => resources ?? [])
}

const to = (name: string): LabelSelector => ({ matchLabels: { to: name } })

describe('an aggregated role', () => {
  test('has the rules of the roles that its selectors meet, each once, by name and selector', () => {
    const roles = [
      whole('all', [to('second'), to('first')]),
      part('c', { to: 'first' }, 'pods'),
      part('b', { to: 'second' }, 'secrets', 'pods'),
      part('a', { to: 'second' }, 'nodes'),
      part('d', { to: 'third' }, 'events'),
    ]
    expect(resourcesOf(roles, 'all')).toEqual(['nodes', 'secrets', 'pods'])
  })

  test('has no rules of its own', () => {
    const roles = [
      { ...whole('all', [to('all')]), rules: [rule('secrets')] },
      part('a', { to: 'all' }, 'pods'),
    ]
    expect(resourcesOf(roles, 'all')).toEqual(['pods'])
  })

  test('has none without selectors, and those of every role with an empty one', () => {
    const roles = [whole('none', []), whole('all', [{}]), part('a', {}, 'pods')]
    expect(resourcesOf(roles, 'none')).toEqual([])
    expect(resourcesOf(roles, 'all')).toEqual(['pods'])
  })

  test('feeds others, in whatever order they stand', () => {
    const roles = [
      whole('admin', [to('admin')]),
      whole('edit', [to('edit')], { to: 'admin' }),
      whole('view', [to('view')], { to: 'edit' }),
      part('z', { to: 'view' }, 'pods'),
    ]
    expect(resourcesOf(roles, 'admin')).toEqual(['pods'])
    expect(resourcesOf(roles.toReversed(), 'admin')).toEqual(['pods'])
  })

  test('that feeds itself through a ring comes to an end', () => {
    const roles = [
      { ...whole('a', [to('a')], { to: 'b' }), rules: [rule('pods')] },
      { ...whole('b', [to('b')], { to: 'c' }), rules: [rule('nodes')] },
      { ...whole('c', [to('c')], { to: 'a' }), rules: [rule('secrets')] },
    ]
    expect(aggregate(roles)).toHaveLength(3)
  })
})

describe('a selector', () => {
  const labels = { tier: 'web' }
  test.each<[string, LabelSelector, boolean]>([
    ['that is empty', {}, true],
    ['with a label', { matchLabels: { tier: 'web' } }, true],
    ['with another value', { matchLabels: { tier: 'db' } }, false],
    ['with a label that is absent', { matchLabels: { tier: 'web', zone: 'a' } }, false],
    ['In', { matchExpressions: [{ key: 'tier', operator: 'In', values: ['db', 'web'] }] }, true],
    ['In, absent', { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }, false],
    ['NotIn', { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['web'] }] }, false],
    ['NotIn, absent', { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, true],
    ['Exists', { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    ['DoesNotExist', { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
    [
      'of a name that objects have anyway',
      { matchExpressions: [{ key: 'toString', operator: 'Exists' }] },
      false,
    ],
    ['with an unknown operator', { matchExpressions: [{ key: 'tier', operator: 'Near' }] }, false],
    [
      'of which one part fails',
      { matchLabels: { tier: 'web' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
      false,
    ],
  ])('%s', (_what, selector, meets) => {
    const roles = [whole('all', [selector]), part('part', labels, 'pods')]
    expect(resourcesOf(roles, 'all')).toEqual(meets ? ['pods'] : [])
  })
})
