import { expect, test } from 'vitest'
import { visitOf } from '../src/paths/console/visit.ts'
import { planned } from './fixtures.ts'

type Over = Parameters<typeof planned>[0]
const context = { name: 'x', pods: new Map([['team', 'runner']]) }

test.each<[string, Over, object | undefined]>([
  [
    'a list in a namespace',
    { verb: 'list' },
    { address: '/resources/core/v1/pods?namespace=team', request: '/api/v1/namespaces/team/pods' },
  ],
  [
    'a list everywhere',
    { verb: 'list', namespace: '' },
    { address: '/resources/core/v1/pods', request: '/api/v1/pods' },
  ],
  [
    'an object that is not there',
    { verb: 'get' },
    { address: '/resources/core/v1/pods/team/x', request: '/api/v1/namespaces/team/pods/x' },
  ],
  [
    'what is in every namespace',
    { verb: 'delete', resource: 'configmaps' },
    {
      address: '/resources/core/v1/configmaps/team/kube-root-ca.crt',
      offer: { action: 'delete' },
    },
  ],
  [
    'an object with a name',
    { verb: 'patch', name: 'web' },
    { address: '/resources/core/v1/pods/team/web', offer: { action: 'edit' } },
  ],
  [
    'a creation',
    { verb: 'create' },
    { address: '/resources/core/v1/pods?namespace=team', offer: { action: 'create' } },
  ],
  [
    'a log',
    { verb: 'get', subresource: 'log' },
    {
      address: '/resources/core/v1/pods/team/runner',
      offer: { tab: 'Log' },
      request: '/api/v1/namespaces/team/pods/runner/log',
    },
  ],
  [
    'a terminal',
    { verb: 'create', subresource: 'exec', transport: 'spdy' },
    { address: '/resources/core/v1/pods/team/runner', offer: { tab: 'Terminal' } },
  ],
  ['a log of a pod that is nowhere', { verb: 'get', subresource: 'log', namespace: 'other' }, undefined],
  ['a deletion of what is not there', { verb: 'delete' }, undefined],
  ['an update, which a page does by a patch', { verb: 'update' }, undefined],
  ['a port', { verb: 'create', subresource: 'portforward', transport: 'spdy' }, undefined],
  ['one object of all namespaces', { verb: 'get', namespace: '' }, undefined],
])('%s', (_, over, visit) => expect(visitOf(planned(over), context)).toEqual(visit))
