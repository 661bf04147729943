import { beforeAll, describe, expect, test } from 'vitest'
import { people } from './fixtures/access.ts'
import type { ClusterFixture, Way } from './fixtures/cluster.ts'

const selfReview = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const review = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })

const viewer = { 'Impersonate-User': 'viewer@kyma.cx' }
const robot = { 'Impersonate-User': 'system:serviceaccount:team:robot' }

/** Impersonation through a proxy that allows it. */
export function testImpersonation(opened: () => ClusterFixture): void {
  describe('kubectl --as, as the API server itself has it', () => {
    let fixture: ClusterFixture
    let proxied: Awaited<ReturnType<ClusterFixture['startProxy']>>
    const tokens: Record<string, string> = {}
    beforeAll(async () => {
      fixture = opened()
      proxied = await fixture.startProxy({ impersonation: 'authorized' })
      for (const [name, claims] of Object.entries(people)) tokens[name] = await fixture.issuer.mint(claims)
    })

    /** Who one is then, or why one is not. */
    async function whoAmI(way: Way, person: string, headers: Record<string, string>): Promise<unknown> {
      const { status, body } = await way.ask('POST', selfReview, tokens[person], { headers, body: review })
      const answer = JSON.parse(body) as Record<string, unknown> & { status?: { userInfo?: unknown } }
      if (status === 201) return answer.status!.userInfo
      // Of several verbs that would have helped, the API server names one, and not always the same.
      return { status, reason: answer['reason'] }
    }

    test.each<[string, string, Record<string, string>]>([
      ['an administrator as somebody', 'admin', viewer],
      ['an administrator as somebody in groups', 'admin', { ...viewer, 'Impersonate-Group': 'viewers' }],
      ['an administrator as system:masters', 'admin', { ...viewer, 'Impersonate-Group': 'system:masters' }],
      ['an administrator as a ServiceAccount', 'admin', robot],
      ['an administrator as nobody known', 'admin', { 'Impersonate-User': 'system:anonymous' }],
      [
        'an administrator with uid and extras',
        'admin',
        { ...viewer, 'Impersonate-Uid': '7', 'Impersonate-Extra-Acme.com%2FProject': 'x' },
      ],
      ['somebody who may, as that one', 'jörg', viewer],
      ['somebody who may, in that group', 'jörg', { ...viewer, 'Impersonate-Group': 'viewers' }],
      ['somebody who may, in another group', 'jörg', { ...viewer, 'Impersonate-Group': 'system:masters' }],
      ['somebody who may, with a uid', 'jörg', { ...viewer, 'Impersonate-Uid': '7' }],
      ['somebody who may, with an extra', 'jörg', { ...viewer, 'Impersonate-Extra-scopes': 'all' }],
      ['somebody who may, as another one', 'jörg', { 'Impersonate-User': 'admin@kyma.cx' }],
      ['somebody who may, as a ServiceAccount', 'jörg', robot],
      ['somebody who may not', 'nobody', viewer],
      ['somebody who may not, as a ServiceAccount', 'developer', robot],
    ])('%s', async (_what, person, headers) => {
      const direct = await whoAmI(fixture.direct, person, headers)
      expect(await whoAmI(proxied, person, headers)).toEqual(direct)
    })

    test('rights are those of the other one, and nothing else', async () => {
      const secrets = '/api/v1/namespaces/team/secrets'
      expect((await proxied.ask('GET', secrets, tokens['admin'])).status).toBe(200)
      const { status, body } = await proxied.ask('GET', secrets, tokens['admin'], { headers: viewer })
      expect(status).toBe(403)
      expect(body).toContain('User \\"viewer@kyma.cx\\" cannot list resource \\"secrets\\"')
    })

    test('kubectl uses it, and the log has both', async () => {
      const get = ['get', 'configmap', 'known', '-n', 'team', '-o', 'name']
      const as = [...get, '--as=viewer@kyma.cx', '--as-group=viewers']
      expect((await fixture.kubectl(tokens['admin']!, as, { way: proxied })).stdout).toBe('configmap/known')
      expect(proxied.log().findLast(({ msg }) => msg === 'request')).toMatchObject({
        user: 'admin@kyma.cx',
        groups: ['admins', 'system:authenticated'],
        impersonatedUser: 'viewer@kyma.cx',
        impersonatedGroups: ['viewers', 'system:authenticated'],
        resource: 'configmaps',
        decision: 'allowed',
      })
      const denied = await fixture.kubectl(tokens['nobody']!, as, { way: proxied })
      expect(denied.stderr).toContain('User "nobody@kyma.cx" cannot impersonate resource "users"')
      expect(proxied.log().findLast(({ msg }) => msg === 'request')).toMatchObject({
        user: 'nobody@kyma.cx',
        verb: 'impersonate',
        resource: 'users',
        name: 'viewer@kyma.cx',
        decision: 'denied',
        status: 403,
      })
    })

    test('exec is an upgrade as the other one', async () => {
      const viewerIs = ['--as=viewer@kyma.cx', '--as-group=viewers']
      const as = ['exec', ...viewerIs, '-n', 'team', 'pod', '--', 'true']
      expect((await fixture.kubectl(tokens['admin']!, as, { way: proxied })).stderr).toContain(
        'User "viewer@kyma.cx" cannot create resource "pods/exec"',
      )
    })

    test('constrained impersonation is refused on purpose, where the API server would look further', async () => {
      const rules = [
        '{"apiGroups":["authentication.k8s.io"],"resources":["users"],"verbs":["impersonate:user-info"]}',
        '{"apiGroups":[""],"resources":["configmaps"],"verbs":["impersonate-on:user-info:list"]}',
      ]
      const manifest = `{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"constrained"},"rules":[${rules.join()}]}`
      await fixture.administrate(['apply', '-f', '-'], manifest)
      await fixture.administrate([
        'create',
        'clusterrolebinding',
        'constrained',
        '--clusterrole=constrained',
        '--user=nobody@kyma.cx',
      ])
      const configMaps = '/api/v1/namespaces/team/configmaps'
      const { status, body } = await proxied.ask('GET', configMaps, tokens['nobody'], { headers: viewer })
      expect(status).toBe(403)
      expect(body).toContain('cannot impersonate resource')
    })
  })
}
