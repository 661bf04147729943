import { describe, expect, test } from 'vitest'
import { kubectlCommand } from '../src/paths/kubectl/command.ts'
import { errorOf, exchangesOf } from '../src/paths/kubectl/exchanges.ts'
import { judgeCommand } from '../src/paths/kubectl/judge-kubectl.ts'
import { planned, question } from './fixtures.ts'

const USER = 'dev@kyma.cx'
const exchange = (method: string, path: string, status: string, auditId: string) =>
  [
    `I1125 18:57:28.278813   17747 round_trippers.go:527] "Request" verb="${method}" url="https://127.0.0.1:1${path}" headers=<`,
    '\tAuthorization: Bearer <masked>',
    ' >',
    `I1125 18:57:28.284661   17747 round_trippers.go:632] "Response" status="${status}" headers=<`,
    `\tAudit-Id: ${auditId}`,
    ' > milliseconds=5',
  ].join('\n')
const POD = '/api/v1/namespaces/team/pods/x'
const forbidden = (sentence: string) =>
  `Error from server (Forbidden): pods "x" is forbidden: User "${USER}" cannot ${sentence}`
const TEAM = 'in API group "" in the namespace "team"'

test('the log of kubectl tells its requests, their answers and their Audit-IDs', () => {
  const log = [exchange('GET', '/api', '200 OK', 'a'), exchange('GET', POD, '403 Forbidden', 'b')].join('\n')
  expect(exchangesOf(log)).toEqual([
    { method: 'GET', url: 'https://127.0.0.1:1/api', status: 200, auditId: 'a' },
    { method: 'GET', url: `https://127.0.0.1:1${POD}`, status: 403, auditId: 'b' },
  ])
})

test.each([
  ['Error from server (NotFound): pods "x" not found', 'NotFound', 'pods "x" not found'],
  ['Error from server: something', '', 'something'],
  ['error: unable to upgrade connection: no', '', 'no'],
  ['error: error upgrading connection: unable to upgrade connection: no', '', 'no'],
])('%s', (log, reason, message) => {
  expect(errorOf(`first line\n${log}\n`)).toEqual({ reason, message })
})

describe('the end of a command is judged by the request that it is about', () => {
  const judged = (lines: string[], exitCode: number, over: Parameters<typeof question>[0] = {}) =>
    judgeCommand({ exitCode, stderr: lines.join('\n') }, question(over), USER)

  test('an answer is a yes', () => {
    expect(judged([exchange('GET', POD, '200 OK', 'a')], 0)).toMatchObject({
      result: 'allowed',
      exchange: { auditId: 'a' },
    })
  })

  test('so is what is not there', () => {
    const lines = [
      exchange('GET', POD, '404 Not Found', 'a'),
      'Error from server (NotFound): pods "x" not found',
    ]
    expect(judged(lines, 1).result).toBe('allowed')
  })

  test('the refusal of a request that kubectl makes before is a no, too', () => {
    const lines = [exchange('GET', POD, '403 Forbidden', 'a'), forbidden(`get resource "pods" ${TEAM}`)]
    const exec = { subresource: 'exec', transport: 'websocket' } as const
    expect(judged(lines, 1, exec)).toMatchObject({ result: 'denied', exchange: { auditId: 'a' } })
  })

  test('the refusal of somebody else is none', () => {
    const lines = [
      exchange('GET', POD, '403 Forbidden', 'a'),
      forbidden(`get resource "pods" ${TEAM}`).replace(USER, 'eve'),
    ]
    expect(judged(lines, 1).result).toBe('inconclusive')
  })

  test('a command that never asked proves nothing, however it ended', () => {
    expect(judged(['error: unknown flag: --x'], 1).result).toBe('inconclusive')
    expect(judged([exchange('GET', '/version', '200 OK', 'a')], 0).result).toBe('inconclusive')
  })
})

describe('kubectl commands', () => {
  const context = { name: 'nothing', pods: new Map([['team', 'the-pod']]) }
  test.each([
    ['create', ['create', '--dry-run=server']],
    ['update', ['replace', '--dry-run=server']],
    ['patch', ['apply', '--server-side', '--dry-run=server']],
    ['delete', ['delete', '--dry-run=server']],
  ])('%s is a dry run', (verb, words) => {
    expect(kubectlCommand(planned({ verb }), context)?.args).toEqual(expect.arrayContaining(words))
  })

  test('deletecollection says so in its query, where it counts without a body', () => {
    expect(kubectlCommand(planned({ verb: 'deletecollection' }), context)?.args.join(' ')).toContain(
      '&dryRun=All',
    )
  })

  test.each(['create', 'update', 'patch', 'delete', 'deletecollection'])(
    'there is no %s where it would be stored',
    (verb) => {
      expect(kubectlCommand(planned({ verb }, { dryRun: new Set() }), context)).toBeUndefined()
    },
  )

  test('the protocol of exec is chosen', () => {
    const command = (transport: 'websocket' | 'spdy') =>
      kubectlCommand(planned({ subresource: 'exec', transport }, { subresource: 'exec' }), context)
    expect(command('websocket')).toMatchObject({ env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'true' } })
    expect(command('spdy')).toMatchObject({ env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' } })
    // What follows the dashes is the command in the pod.
    expect(command('spdy')?.args.slice(-3)).toEqual(['the-pod', '--', 'true'])
  })
})
