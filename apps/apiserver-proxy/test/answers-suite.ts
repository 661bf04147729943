import { readFile } from 'node:fs/promises'
import { needsExec } from '@gatehouse/cluster/test-cluster'
import { beforeAll, describe, expect, test } from 'vitest'
import { people } from './fixtures/access.ts'
import type { ClusterFixture } from './fixtures/cluster.ts'

/** The parts of an answer in which both ways must agree. */
function essence({ status, body }: { status: number; body: string }) {
  if (status < 400) return { status }
  try {
    const { reason, message, details, code } = JSON.parse(body) as Record<string, unknown>
    return { status, reason, message, details, code }
  } catch {
    return { status, body }
  }
}

/** Requests of each kind, and kubectl's own, past the proxy and through it. */
export function testAnswers(opened: () => ClusterFixture): void {
  describe('through the proxy', () => {
    let fixture: ClusterFixture
    const tokens: Record<string, string> = {}
    beforeAll(async () => {
      fixture = opened()
      for (const [name, claims] of Object.entries(people)) tokens[name] = await fixture.issuer.mint(claims)
      await fixture.administrate(['wait', '-n', 'team', 'pod/pod', '--for=condition=Ready', '--timeout=60s'])
    })

    async function bothWays(method: string, path: string, token: string | undefined, init = {}) {
      const [direct, proxied] = await Promise.all([
        fixture.direct.ask(method, path, token, init),
        fixture.proxied.ask(method, path, token, init),
      ])
      return { direct: essence(direct), proxied: essence(proxied) }
    }

    const pods = '/api/v1/namespaces/team/pods'
    const configMap = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new' } })
    const patch = {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"metadata":{"labels":{"a":"b"}}}',
    }

    describe('direct and proxied answers are the same, a denial word by word', () => {
      const requests: [
        method: string,
        path: string,
        init?: { headers?: Record<string, string>; body?: string },
      ][] = [
        ['GET', '/api'],
        ['GET', '/apis'],
        ['GET', '/openapi/v3'],
        ['GET', '/version'],
        ['GET', '/healthz'],
        ['GET', '/metrics'],
        ['GET', '/nothing/here'],
        ['GET', '/api/v1/nodes'],
        ['GET', '/api/v1/namespaces'],
        ['GET', '/api/v1/namespaces/'],
        ['GET', '/api/v1/namespaces/team'],
        ['GET', '/api/v1/namespaces/nothing'],
        ['GET', pods],
        ['HEAD', pods],
        ['GET', `${pods}?limit=1`],
        ['GET', `${pods}?limit=x`],
        ['GET', `${pods}?labelSelector=%21%21`],
        ['GET', `${pods}/nothing`],
        ['GET', `${pods}/pod/log`],
        ['GET', `${pods}/pod/exec?command=id`],
        ['POST', `${pods}/pod/exec?command=id`],
        ['GET', '/api/v1/namespaces/team/secrets'],
        ['GET', '/api/v1/namespaces/team/secrets/known'],
        ['GET', '/api/v1/namespaces/team/secrets/other'],
        ['GET', '/api/v1/namespaces/team/secrets?fieldSelector=metadata.name%3Dknown'],
        ['GET', '/api/v1/namespaces/team/secrets?fieldSelector=metadata.name%3Dother'],
        ['GET', '/api/v1/namespaces/team/secrets?fieldSelector=metadata.name%3Dknown&limit=x'],
        ['GET', '/api/v1/watch/namespaces/team/secrets/known?timeoutSeconds=1'],
        ['GET', `${pods}?watch=1&timeoutSeconds=1`],
        ['GET', '/apis/apps/v1/deployments'],
        ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Abasic-user'],
        ['GET', '/apis/nothing.example/v1/things'],
        ['POST', '/api/v1/namespaces/team/configmaps?dryRun=All', { body: configMap }],
        ['POST', '/api/v1/namespaces/kube-system/configmaps?dryRun=All', { body: configMap }],
        ['POST', '/api/v1/namespaces/team/configmaps?dryRun=All', { body: '{' }],
        ['PATCH', '/api/v1/namespaces/team/configmaps/known?dryRun=All', patch],
        [
          'PATCH',
          '/api/v1/namespaces/team/configmaps/known',
          { body: '{}', headers: { 'content-type': 'text/x' } },
        ],
        ['PUT', '/api/v1/namespaces/team/configmaps/known?dryRun=All', { body: configMap }],
        ['DELETE', '/api/v1/namespaces/team/configmaps/known?dryRun=All'],
        ['DELETE', '/api/v1/namespaces/team/configmaps?dryRun=All'],
        ['DELETE', '/api/v1/namespaces/kube-system/secrets?dryRun=All'],
        [
          'POST',
          '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          {
            body: '{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","spec":{"nonResourceAttributes":{"path":"/","verb":"get"}}}',
          },
        ],
        ['PUT', '/api/v1/namespaces'],
        ['OPTIONS', pods],
      ]
      test.each(Object.keys(people))('for %s', async (person) => {
        const seen = new Set<number>()
        for (const [method, path, init] of requests) {
          const { direct, proxied } = await bothWays(method, path, tokens[person], init)
          expect({ request: `${method} ${path}`, ...proxied }).toEqual({
            request: `${method} ${path}`,
            ...direct,
          })
          seen.add(direct.status)
        }
        // Nothing but one status proves nothing.
        expect(seen.size).toBeGreaterThan(2)
      })

      test('for tokens that are no good', async () => {
        const bad = {
          tampered: `${tokens['admin']!.slice(0, -6)}AAAAAA`,
          foreign: await fixture.issuer.mint(people.admin, { foreignKey: true }),
          expired: await fixture.issuer.mint({ ...people.admin, exp: 1_700_000_000 }),
          audience: await fixture.issuer.mint({ ...people.admin, aud: 'other' }),
          issuer: await fixture.issuer.mint({ ...people.admin, iss: 'https://evil.example' }),
          nonsense: 'nonsense',
        }
        for (const [what, token] of Object.entries(bad)) {
          const { direct, proxied } = await bothWays('GET', pods, token)
          expect([what, direct.status, proxied.status]).toEqual([what, 401, 401])
        }
      })
    })

    test('both give the same token the same user, or refuse it both', async () => {
      const claims = [
        { email: 'a@b' },
        { email: 'a@b', groups: 'one', jti: 'x' },
        { email: 'jörg@kyma.cx', groups: ['開発者', 'größer'] },
        { email: 'a@b', aud: ['x', 'gatehouse'] },
        { email: 'a@b', groups: null },
        { email: 'a@b', email_verified: true },
        { email: 'a@b', email_verified: false },
        { email: 'a@b', email_verified: 'true' },
        { email: 'system:admin' },
        { email: 'a@b', groups: ['system:masters'] },
        { email: 'a@b', groups: ['fine', ''] },
        { email: ' a' },
        { email: 'a\u00a0' },
        { email: 'a\u0085b' },
        { email: 'a\nb' },
        { email: '' },
        { email: 7 },
        { email: undefined },
        { email: 'a@b', groups: [1] },
        { email: 'a@b', groups: {} },
        { email: 'a@b', nbf: Math.floor(Date.now() / 1000) + 30 },
        { email: 'a@b', nbf: Math.floor(Date.now() / 1000) + 300 },
        { email: 'a@b', exp: undefined },
      ]
      const body = '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'
      const who = async (way: 'direct' | 'proxied', token: string) => {
        const answer = await fixture[way].ask(
          'POST',
          '/apis/authentication.k8s.io/v1/selfsubjectreviews',
          token,
          { body },
        )
        if (answer.status !== 201) return answer.status
        return (JSON.parse(answer.body) as { status: object }).status
      }
      const outcomes = { accepted: 0, refused: 0 }
      for (const one of claims) {
        const token = await fixture.issuer.mint(one)
        const direct = await who('direct', token)
        expect([one, await who('proxied', token)]).toEqual([one, direct])
        outcomes[direct === 401 ? 'refused' : 'accepted']++
      }
      expect(outcomes.accepted).toBeGreaterThan(5)
      expect(outcomes.refused).toBeGreaterThan(10)
    })

    test('the audit log shows the impersonated user, the same verb and object, and the same Audit-ID', async () => {
      const auditId = crypto.randomUUID()
      const target = '/api/v1/namespaces/team/configmaps/known'
      const { headers } = await fixture.proxied.ask('GET', target, tokens['developer'], {
        headers: { 'audit-id': auditId },
      })
      expect(headers['audit-id']).toBe(auditId)
      const find = async (requestURI: string) => {
        const lines = (await readFile(fixture.cluster.auditLog!, 'utf8')).trimEnd().split('\n')
        return lines
          .map((line) => JSON.parse(line) as Record<string, unknown>)
          .find((event) => event['auditID'] === auditId && event['requestURI'] === requestURI)
      }
      // What the proxy asked about it goes by the same ID.
      await expect
        .poll(() => find('/apis/authorization.k8s.io/v1/subjectaccessreviews'))
        .toMatchObject({ verb: 'create', user: { username: 'gatehouse:apiserver-proxy' } })
      await expect
        .poll(() => find(target))
        .toMatchObject({
          verb: 'get',
          user: { username: 'gatehouse:apiserver-proxy' },
          impersonatedUser: {
            username: 'developer@kyma.cx',
            groups: ['developers', 'system:authenticated'],
            extra: { 'authentication.kubernetes.io/credential-id': ['JTI=developer-1'] },
          },
          objectRef: { resource: 'configmaps', namespace: 'team', name: 'known' },
        })
      const logged = fixture.log().find((line) => line['auditId'] === auditId)
      expect(logged).toMatchObject({
        user: 'developer@kyma.cx',
        verb: 'get',
        resource: 'configmaps',
        decision: 'allowed',
      })
    })

    test('kubectl is allowed, denied and watched through the proxy', async () => {
      const admin = (...args: string[]) => fixture.kubectl(tokens['admin']!, args)
      expect(await admin('create', 'configmap', 'made', '-n', 'team', '--from-literal=a=b')).toMatchObject({
        exitCode: 0,
      })
      expect((await admin('get', 'configmap', 'made', '-n', 'team', '-o', 'name')).stdout).toBe(
        'configmap/made',
      )
      const watch = 'get configmaps -n team --watch --output-watch-events -o name --request-timeout=4s'
      const watching = fixture.kubectl(tokens['admin']!, watch.split(' '))
      const isWatching = async () => /requests_in_flight [1-9]/.test(await fixture.metrics())
      await expect.poll(isWatching).toBe(true)
      await admin('label', 'configmap', 'made', '-n', 'team', 'seen=1')
      expect(await admin('delete', 'configmap', 'made', '-n', 'team')).toMatchObject({ exitCode: 0 })
      expect((await watching).stdout).toContain('configmap/made')
      const denied = await fixture.kubectl(tokens['nobody']!, ['get', 'pods', '-n', 'team'])
      expect(denied.exitCode).toBe(1)
      expect(denied.stderr).toContain(
        'User "nobody@kyma.cx" cannot list resource "pods" in API group "" in the namespace "team"',
      )
      const expired = await fixture.issuer.mint({ ...people.admin, exp: 1_700_000_000 })
      expect((await fixture.kubectl(expired, ['get', 'pods'])).stderr).toContain(
        'the token expired at 2023-11-14',
      )
    })

    test('kubectl --as is refused with a sentence', async () => {
      const { exitCode, stderr } = await fixture.kubectl(tokens['admin']!, ['get', 'pods', '--as=bob'])
      expect(exitCode).toBe(1)
      expect(stderr).toContain('impersonation is not supported through this server')
    })

    test('a ServiceAccount’s token passes through, as that ServiceAccount', async () => {
      const token = await fixture.administrate(['create', 'token', 'robot', '-n', 'team'])
      const { stdout } = await fixture.kubectl(token, ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo}'])
      const user = JSON.parse(stdout) as { username: string; uid: string; groups: string[] }
      expect(user.username).toBe('system:serviceaccount:team:robot')
      expect(user.uid).not.toBe('')
      expect(user.groups).toContain('system:serviceaccounts:team')
      const strict = await fixture.startProxy({ passThrough: 'off' })
      expect((await strict.ask('GET', '/version', token)).status).toBe(401)
    })

    describe('kubectl exec and logs', () => {
      const run = async (args: string[], env: Record<string, string> = {}) => {
        const before = fixture.log().length
        const result = await fixture.kubectl(tokens['developer']!, args, { env })
        // A line is written when its connection is closed, which may be after kubectl's end.
        return { ...result, logged: () => fixture.log().slice(before) }
      }

      test.for([
        ['WebSocket', 'true', 'GET'],
        ['SPDY', 'false', 'POST'],
      ] as const)('exec over %s', async ([_protocol, webSockets, method], { skip }) => {
        needsExec(fixture.cluster, { skip })
        const { exitCode, stdout, logged } = await run(['exec', '-n', 'team', 'pod', '--', 'echo', 'hello'], {
          KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets,
        })
        expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'hello' })
        await expect
          .poll(() => logged().find(({ status, method: one }) => status === 101 && one === method))
          .toMatchObject({ subresource: 'exec' })
      })

      test('logs', async ({ skip }) => {
        needsExec(fixture.cluster, { skip })
        const { exitCode, logged } = await run(['logs', '-n', 'team', 'pod'])
        expect(exitCode).toBe(0)
        await expect
          .poll(() => logged().find(({ subresource }) => subresource === 'log'))
          .toMatchObject({ status: 200 })
      })

      test('exec is denied where only get is granted', async () => {
        const { exitCode, stderr } = await fixture.kubectl(tokens['jörg']!, [
          'exec',
          '-n',
          'team',
          'pod',
          '--',
          'echo',
        ])
        expect(exitCode).not.toBe(0)
        expect(stderr).toContain('jörg@kyma.cx')
        expect(stderr).toContain('forbidden')
      })
    })

    test('a refusal, too, has its Audit-ID in the audit log of the API server: as that of the review', async () => {
      const auditId = 'refused-by-the-proxy'
      const headers = { 'audit-id': auditId }
      const { status } = await fixture.proxied.ask('GET', '/api/v1/nodes/some-node', tokens['nobody'], {
        headers,
      })
      expect(status).toBe(403)
      const lines = (await readFile(fixture.cluster.auditLog!, 'utf8')).split('\n')
      const found = lines.filter((line) => line.includes(`"auditID":"${auditId}"`))
      expect(found.map((line) => (JSON.parse(line) as { requestURI: string }).requestURI)).toEqual([
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      ])
    })
  })
}
