import type { Cell, Question, RunResult } from '../../src/index.ts'

/** Text as somebody would send it who wants to break a report. */
export const EVIL =
  '</script><script>alert(1)</script><img src=x onerror=alert(1)> & "quoted" \'single\' @everyone `code` ``` | {{data}} \u001B[2J \u0000 \uD800 ]]>'

const question = (persona: string, verb: string, over: Partial<Question> = {}): Question => ({
  persona,
  verb,
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'demo',
  name: '',
  nonResourcePath: '',
  place: 'own',
  transport: 'http',
  ...over,
})

type CellInput = Partial<Omit<Cell, 'actual'>> & {
  readonly result?: Cell['actual']['result']
  readonly message?: string
}

function cell(
  asked: Question,
  path: string,
  { result = 'allowed', message = '', ...over }: CellInput = {},
): Cell {
  return {
    ...asked,
    path,
    expected: 'allowed',
    rule: 'kyma.yaml:12',
    actual: {
      result,
      evidence: {
        request: 'GET /api/v1/namespaces/demo/pods',
        status: result === 'inconclusive' ? null : result === 'allowed' ? 200 : 403,
        reason: result === 'denied' ? 'Forbidden' : '',
        message,
        auditId: 'audit-1',
        audited: true,
        durationMs: 1.25,
        attempts: 1,
      },
    },
    verdict: 'pass',
    why: '',
    canI: null,
    ...over,
  }
}

const SECRETS = { resource: 'secrets', place: 'system', namespace: 'kube-system' } as const
const denied = { expected: 'denied', result: 'denied', rule: '' } as const

/** A run in which everything happens that can happen; `evil` stands wherever others choose a text. */
export function runOf(evil = 'plain'): RunResult {
  const cells = [
    ...['get', 'list', 'create', 'deletecollection'].flatMap((verb) => [
      cell(question('admin', verb), 'direct'),
      cell(question('admin', verb), 'proxy'),
    ]),
    cell(question('viewer', 'get'), 'direct'),
    cell(question('viewer', 'create'), 'direct', denied),
    cell(question('viewer', 'get', SECRETS), 'direct', {
      expected: 'denied',
      result: 'allowed',
      verdict: 'fail',
      why: `expected denied, is allowed: ${evil}`,
      explanation: { allowed: true, text: `ClusterRoleBinding "${evil}" gives it.` },
    }),
    cell(question('admin', 'get', SECRETS), 'direct'),
    cell(question('viewer', 'list', SECRETS), 'proxy', {
      ...denied,
      verdict: 'disagreement',
      why: 'direct says allowed, proxy says denied',
    }),
    cell(
      question('admin', 'bind', { group: 'rbac.authorization.k8s.io', resource: 'roles', name: evil }),
      'kubectl',
    ),
    cell(question('admin', 'create', { subresource: 'exec', name: 'web', transport: 'websocket' }), 'proxy', {
      result: 'inconclusive',
      verdict: 'inconclusive',
      why: `no answer within 10 s: ${evil}`,
      message: evil,
    }),
    cell(question('admin', 'create', { resource: 'quotas' }), 'direct', {
      expected: 'refused',
      result: 'refused',
    }),
    cell(
      question('viewer', 'get', {
        resource: '',
        nonResourcePath: '/version',
        place: 'cluster',
        namespace: '',
      }),
      'direct',
      {
        expected: null,
        verdict: 'uncovered',
        rule: '',
      },
    ),
  ]
  const count = (verdict: Cell['verdict']) => cells.filter((one) => one.verdict === verdict).length
  return {
    version: 1,
    mode: 'spec',
    spec: { name: evil, file: '/repository/specs/kyma.yaml', digest: 'abc' },
    cluster: { server: 'https://127.0.0.1:6443', version: 'v1.37.2' },
    personas: [
      { id: 'admin', user: 'admin@kyma.cx', groups: ['runtimeAdmin'] },
      { id: 'viewer', user: 'read-only-user@kyma.cx', groups: [evil] },
    ],
    places: [
      { id: 'cluster', namespace: '' },
      { id: 'own', namespace: 'demo' },
      { id: 'system', namespace: 'kube-system' },
    ],
    paths: ['direct', 'proxy', 'kubectl'].map((id) => ({ id, server: 'https://127.0.0.1' })),
    startedAt: '2026-11-25T18:00:00.000Z',
    shard: null,
    complete: true,
    missing: [],
    cells,
    disagreements: [
      {
        ...question('viewer', 'list', SECRETS),
        answers: [
          { by: 'direct', result: 'allowed' },
          { by: 'proxy', result: 'denied' },
        ],
      },
    ],
    uncovered: [
      {
        group: 'apps',
        resource: 'deployments',
        subresource: 'scale',
        nonResourcePath: '',
        verbs: ['get'],
        why: '',
      },
    ],
    baseline: {
      file: 'baseline.yaml',
      accepted: false,
      changes: [
        {
          ...question('viewer', 'delete', { name: evil }),
          path: 'direct',
          before: 'denied',
          after: 'allowed',
        },
        { ...question('viewer', 'watch'), path: 'direct', before: 'allowed', after: null },
      ],
    },
    mutations: [
      {
        id: 'drop-1',
        kind: 'drop',
        object: 'ClusterRoleBinding kyma-viewers',
        description: `without ClusterRoleBinding kyma-viewers`,
        noticed: true,
        failedCells: 12,
        examples: [],
      },
      {
        id: 'widen-1',
        kind: 'widen',
        object: `RoleBinding demo/${evil}`,
        description: `RoleBinding demo/${evil} for everybody`,
        noticed: false,
        failedCells: 0,
        examples: [],
      },
    ],
    totals: {
      cells: cells.length,
      pass: count('pass'),
      fail: count('fail'),
      disagreement: count('disagreement'),
      inconclusive: count('inconclusive'),
      uncovered: count('uncovered'),
    },
    timings: {
      loginMs: 900,
      setupMs: 100,
      requestsMs: 2000,
      auditMs: 100,
      totalMs: 3100,
      cellsPerSecond: 2105.4,
      perPath: {
        direct: { cells: 10, medianMs: 1.25, p99Ms: 9.5 },
        proxy: { cells: 6, medianMs: 2, p99Ms: 12 },
      },
    },
  }
}

/** A run in which everything is as expected. */
export function goodRun(): RunResult {
  const run = runOf()
  const cells = run.cells.filter(({ verdict }) => verdict === 'pass')
  const none = { fail: 0, disagreement: 0, inconclusive: 0, uncovered: 0 }
  return {
    ...run,
    cells,
    disagreements: [],
    uncovered: [],
    baseline: null,
    mutations: null,
    totals: { cells: cells.length, pass: cells.length, ...none },
  }
}
