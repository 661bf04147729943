import { readFile } from 'node:fs/promises'
import type { WhyReport } from '@gatehouse/stack/why'
import { Agent, request } from 'undici'
import { describe, expect, test } from 'vitest'
import type { PathB } from './path-b.ts'
import { follow } from './stream.ts'

const DEVELOPER = 'developer@kyma.cx'
const VIEWER = 'read-only-user@kyma.cx'

/** `gatehouse why`: the story of a request, from both logs and the rights. */
export function testWhy(opened: () => PathB): void {
  describe('why', () => {
    const stack = () => opened().stack

    async function why(...args: string[]): Promise<WhyReport> {
      const ended = await stack().gatehouse('why', ...args, '--json')
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
      return JSON.parse(ended.stdout) as WhyReport
    }

    /** Asks the proxy or the API server with an Audit-ID of ours; the status. */
    async function ask(
      at: 'apiserver-proxy' | 'kube-apiserver',
      path: string,
      headers: Record<string, string>,
    ): Promise<number> {
      const { cluster, urls, certificateAuthorityFile } = stack().status
      const isProxy = at === 'apiserver-proxy'
      const server = isProxy ? urls[at]! : cluster!.server
      const ca = await readFile(isProxy ? certificateAuthorityFile : cluster!.certificateAuthorityFile)
      const agent = new Agent({ connect: { ca } })
      const response = await request(`${server}${path}`, { dispatcher: agent, headers })
      await response.body.dump()
      await agent.close()
      return response.statusCode
    }

    test('a denial is told with who asked what, that the API server was not asked, and what would allow it', async () => {
      const developer = await stack().terminalOf(DEVELOPER)
      expect(await developer.kubectl('get', 'secrets', '-n', 'kube-system')).toMatchObject({ exitCode: 1 })
      const report = await why('last')
      expect(report).toMatchObject({
        user: { name: DEVELOPER, groups: ['runtimeDeveloper', 'system:authenticated'] },
        request: {
          line: 'GET /api/v1/namespaces/kube-system/secrets',
          attributes: { verb: 'list', resource: 'secrets', namespace: 'kube-system' },
        },
        proxy: { decision: 'denied', status: 403, reason: expect.stringContaining('cannot list resource') },
        rbac: { allowed: false, grants: [] },
        notes: [],
      })
      expect(report).not.toHaveProperty('apiserver')
      expect(report.rbac!.sentences).toEqual([
        `${DEVELOPER} may not list secrets in the namespace "kube-system".`,
        expect.stringMatching(
          /^RoleBinding "kyma-developers" in the namespaces .*"demo".* gives the ClusterRole "kyma-developer", which would allow it, but there only\.$/,
        ),
        expect.stringMatching(/^What would allow it, by a RoleBinding in "kube-system", .* "edit"/),
      ])
    })

    test('what is allowed is told with the binding and the rule, by which the API server decided, too', async () => {
      const developer = await stack().terminalOf(DEVELOPER)
      expect(await developer.kubectl('get', 'pods', '-n', 'demo')).toMatchObject({ exitCode: 0 })
      const report = await why('last', '--user', DEVELOPER)
      expect(report).toMatchObject({
        proxy: { decision: 'allowed', status: 200 },
        apiserver: {
          decision: 'allowed',
          status: 200,
          impersonator: 'gatehouse:apiserver-proxy',
          reason:
            'RBAC: allowed by RoleBinding "kyma-developers/demo" of ClusterRole "kyma-developer" to Group "runtimeDeveloper"',
        },
        rbac: {
          allowed: true,
          grants: [
            {
              binding: { kind: 'RoleBinding', name: 'kyma-developers', namespace: 'demo' },
              subject: { kind: 'Group', name: 'runtimeDeveloper' },
              role: { kind: 'ClusterRole', name: 'kyma-developer' },
              rule: { resources: expect.arrayContaining(['pods']), verbs: expect.arrayContaining(['list']) },
            },
          ],
        },
        notes: [],
      })
      const { stdout } = await stack().gatehouse('why', report.auditId)
      expect(stdout).toMatch(/^Who {9}developer@kyma\.cx \(runtimeDeveloper, system:authenticated\)$/m)
      expect(stdout).toMatch(
        /^API server {2}allowed, 200, asked by gatehouse:apiserver-proxy in the user's name/m,
      )
      expect(stdout).toMatch(/^developer@kyma\.cx may list pods in the namespace "demo"\.$/m)
      expect(stdout).not.toContain('\u001B')
    })

    test('a request past the proxy is told by the audit log', async () => {
      const authorization = `Bearer ${await stack().idToken(VIEWER)}`
      const headers = { authorization, 'audit-id': 'past-the-proxy' }
      expect(await ask('kube-apiserver', '/api/v1/secrets', headers)).toBe(403)
      expect(await why('past-the-proxy')).toMatchObject({
        user: { name: VIEWER, groups: ['runtimeOperator', 'system:authenticated'] },
        apiserver: { decision: 'denied', status: 403 },
        rbac: { allowed: false },
        notes: ['It did not come through the proxy.'],
      })
    })

    test('a request of nobody is told without an opinion of RBAC, and without the token', async () => {
      const headers = { authorization: 'Bearer not.a.token', 'audit-id': 'of-nobody' }
      expect(await ask('apiserver-proxy', '/api/v1/pods?access=1', headers)).toBe(401)
      const report = await why('last', '--denied')
      expect(report).toMatchObject({ auditId: 'of-nobody', proxy: { decision: 'refused', status: 401 } })
      expect(report).not.toHaveProperty('user')
      expect(report).not.toHaveProperty('rbac')
      expect(JSON.stringify(report)).not.toContain('not.a.token')
    })

    test('a watch is told while it is under way', async () => {
      const viewer = await stack().terminalOf(VIEWER)
      const watching = viewer.start('get', 'configmaps', '-n', 'demo', '--watch', '-v=8')
      const ended = await follow(watching, [
        [
          /watch=true[\s\S]*?Audit-Id: (\S+)/,
          async (auditId) => {
            expect(await why(auditId)).toMatchObject({
              request: { attributes: { verb: 'watch', resource: 'configmaps' } },
              apiserver: { decision: 'allowed', isUnderWay: true },
              notes: [expect.stringMatching(/it is not over yet/)],
            })
          },
        ],
      ])
      expect(ended.exitCode).toBe(0)
    })

    test('rights that have changed since are told apart from those by which it was decided', async () => {
      const viewer = await stack().terminalOf(VIEWER)
      expect(await viewer.kubectl('get', 'nodes')).toMatchObject({ exitCode: 0 })
      const { auditId, notes } = await why('last', '--user', VIEWER)
      expect(notes).toEqual([])
      const binding = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/kyma-viewers'
      expect(await opened().observer.send('DELETE', binding)).toMatchObject({ code: 200 })
      expect(await why(auditId)).toMatchObject({
        apiserver: { decision: 'allowed' },
        rbac: { allowed: false },
        notes: [expect.stringMatching(/^By the roles and bindings that are there now it would be denied/)],
      })
    })

    test.each([
      [
        'an Audit-ID that nobody has had',
        ['never-seen'],
        1,
        /no request with the Audit-ID "never-seen" is in the proxy's log .* nor in the API server's audit log/,
      ],
      ['a user without requests', ['last', '-u', 'x@y.z'], 1, /has had no request of x@y\.z yet/],
      [
        'a choice among one',
        ['some-id', '--denied'],
        2,
        /--user and --denied choose among the last requests/,
      ],
      ['nothing', [], 2, /missing required argument/],
    ])('%s is an error that says what to do', async (_what, args, exitCode, message) => {
      expect(await stack().gatehouse('why', ...args)).toMatchObject({
        exitCode,
        stdout: '',
        stderr: expect.stringMatching(message),
      })
    })

    test('where no stack runs, it says so', async () => {
      expect(await stack().gatehouse('why', 'last', '--name', 'absent')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('no stack named "absent" is running'),
      })
    })
  })
}
