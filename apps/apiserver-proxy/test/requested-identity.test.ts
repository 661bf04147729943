import { describe, expect, test } from 'vitest'
import { readRequestedIdentity } from '../src/requested-identity.ts'

/** As Node gives header values: Latin-1 of the bytes. */
const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
const wants = (...permissions: object[]) => permissions.map((one) => expect.objectContaining(one) as object)

describe('whom a client asks to act as', () => {
  test('a user is somebody authenticated', () => {
    const { subject, permissions } = readRequestedIdentity(['Impersonate-User', bytes('jörg@kyma.cx')])
    expect(subject).toEqual({ username: 'jörg@kyma.cx', groups: ['system:authenticated'], extra: {} })
    expect(permissions).toEqual(
      wants({ verb: 'impersonate', apiGroup: '', resource: 'users', name: 'jörg@kyma.cx', namespace: '' }),
    )
  })

  test('each group, the uid and each value of an extra is a name that is taken', () => {
    const { subject, permissions } = readRequestedIdentity(
      [
        ['Impersonate-User', 'ada'],
        ['impersonate-group', 'one'],
        ['IMPERSONATE-GROUP', 'system:masters'],
        ['Impersonate-Uid', '7'],
        ['Impersonate-Extra-Acme.com%2Fproject', 'x'],
        ['Impersonate-Extra-acme.com%2fproject', 'y'],
      ].flat(),
    )
    expect(subject).toEqual({
      username: 'ada',
      uid: '7',
      groups: ['one', 'system:masters', 'system:authenticated'],
      extra: { 'acme.com/project': ['x', 'y'] },
    })
    const extras = {
      apiGroup: 'authentication.k8s.io',
      resource: 'userextras',
      subresource: 'acme.com/project',
    }
    expect(permissions).toEqual(
      wants(
        { resource: 'users', name: 'ada' },
        { resource: 'groups', name: 'one' },
        { resource: 'groups', name: 'system:masters' },
        { apiGroup: 'authentication.k8s.io', resource: 'uids', name: '7' },
        { ...extras, name: 'x' },
        { ...extras, name: 'y' },
      ),
    )
  })

  test('a ServiceAccount has its own groups, unless others are asked for', () => {
    const robot = ['Impersonate-User', 'system:serviceaccount:team:robot']
    const { subject, permissions } = readRequestedIdentity(robot)
    expect(subject.groups).toEqual([
      'system:serviceaccounts',
      'system:serviceaccounts:team',
      'system:authenticated',
    ])
    expect(permissions).toEqual(wants({ resource: 'serviceaccounts', namespace: 'team', name: 'robot' }))
    const other = readRequestedIdentity([...robot, 'Impersonate-Group', 'others'])
    expect(other.subject.groups).toEqual(['others', 'system:authenticated'])
  })

  test('anonymous is not authenticated', () => {
    const { subject } = readRequestedIdentity(['Impersonate-User', 'system:anonymous'])
    expect(subject.groups).toEqual(['system:unauthenticated'])
  })

  test('an extra called like a property of every object is an extra', () => {
    const { subject } = readRequestedIdentity(['Impersonate-User', 'a', 'Impersonate-Extra-__proto__', 'x'])
    expect(Object.entries(subject.extra)).toEqual([['__proto__', ['x']]])
  })

  test.each([
    ['no user', ['Impersonate-Group', 'system:masters'], 'without an Impersonate-User'],
    ['two users', ['Impersonate-User', 'a', 'impersonate-user', 'b'], 'two impersonate-user headers'],
    [
      'two uids',
      ['Impersonate-User', 'a', 'Impersonate-Uid', '1', 'Impersonate-Uid', '2'],
      'two Impersonate-Uid',
    ],
    ['an empty user', ['Impersonate-User', ''], 'is empty'],
    ['an empty group', ['Impersonate-User', 'a', 'Impersonate-Group', ''], 'is empty'],
    ['an extra without a key', ['Impersonate-User', 'a', 'Impersonate-Extra-', 'x'], 'is empty'],
    ['a broken key', ['Impersonate-User', 'a', 'Impersonate-Extra-%zz', 'x'], 'percent-encoded'],
    ['a key with a line break', ['Impersonate-User', 'a', 'Impersonate-Extra-a%0D%0Ab', 'x'], 'control'],
    ['bytes that are no UTF-8', ['Impersonate-User', '\u00FF'], 'is not UTF-8'],
    ['a name with a tab', ['Impersonate-User', 'a\tb'], 'control character'],
    [
      'another spelling',
      ['Impersonate-User', 'a', 'Impersonate_Group', 'system:masters'],
      'there is no header',
    ],
    ['a header to come', ['Impersonate-User', 'a', 'Impersonate-Anything-New', 'x'], 'there is no header'],
  ])('%s is a bad request', (_what, raw, message) => {
    expect(() => readRequestedIdentity(raw)).toThrow(
      expect.objectContaining({ code: 'ERR_BAD_REQUEST', message: expect.stringContaining(message) }),
    )
  })
})
