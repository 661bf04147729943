import type { ServedResource } from '../src/catalogue/catalogue.ts'
import type { PlannedQuestion } from '../src/plan/questions.ts'
import type { Question } from '../src/result.ts'

export const question = (over: Partial<Question> = {}): Question => ({
  persona: 'developer',
  verb: 'get',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'team',
  name: '',
  nonResourcePath: '',
  place: 'own',
  transport: 'http',
  ...over,
})

export const served = (over: Partial<ServedResource> = {}): ServedResource => ({
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespaced: true,
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
  dryRun: new Set(['create', 'delete', 'deletecollection', 'patch', 'update']),
  body: { apiVersion: 'v1', kind: 'Pod', spec: {} },
  ...over,
})

export const planned = (
  over: Partial<Question> = {},
  resource: Partial<ServedResource> = {},
): PlannedQuestion => ({
  question: question(over),
  served: served(resource),
})
