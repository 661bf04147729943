import { readFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { people, PROXY_USER } from './fixtures/access.ts'
import type { ClusterFixture, Way } from './fixtures/cluster.ts'

/** Change it to try other requests; a failure names the one that differs. */
const SEED = 20_261_122
const RUNS = 800

interface Case {
  readonly person: string
  readonly method: string
  readonly path: string
  readonly body: string | undefined
}

const paths = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '/api/v1/namespaces/team/pods',
      '/api/v1/namespaces/team/configmaps',
      '/api/v1/namespaces/team/secrets',
      '/api/v1/namespaces/team/secrets/known',
      '/api/v1/namespaces/team/configmaps/known',
      '/api/v1/namespaces',
      '/api/v1/pods',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/view',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '/',
      '/api',
      '/apis',
      '/apis/apps/v1',
      '/version',
      '/metrics',
      '/healthz',
      '/logs/',
      '/nothing',
    ),
  },
  {
    weight: 6,
    arbitrary: fc
      .record({
        prefix: fc.constantFrom(
          '/api/v1',
          '/api/v1',
          '/api/v1',
          '/apis/apps/v1',
          '/apis/rbac.authorization.k8s.io/v1',
          '/apis/x/v1',
          '/api/v1/watch',
        ),
        namespace: fc.constantFrom(
          '',
          '/namespaces/team',
          '/namespaces/team',
          '/namespaces/kube-system',
          '/namespaces/nothing',
        ),
        resource: fc.constantFrom(
          'pods',
          'secrets',
          'configmaps',
          'deployments',
          'namespaces',
          'clusterroles',
          'nodes',
          'things',
          'roles',
        ),
        name: fc.constantFrom('', '', '/known', '/other', '/pod', '/team', '/view', '/'),
        subresource: fc.constantFrom('', '', '', '', '/status', '/log', '/exec', '/scale', '/finalize'),
      })
      .map(({ prefix, namespace, resource, name, subresource }) => {
        const tail = name === '' || name === '/' ? name : `${name}${subresource}`
        return `${prefix}${namespace}/${resource}${tail}`
      }),
  },
)

const parameters = fc.constantFrom(
  'limit=2',
  'limit=x',
  'watch=1',
  'watch=0',
  'watch=',
  'w%61tch=%31',
  'fieldSelector=metadata.name%3Dknown',
  'fieldSelector=metadata.name=other',
  'fieldSelector=spec.x%3D1',
  'labelSelector=a%3Db',
  'labelSelector=%21%21',
  'resourceVersion=0',
  'resourceVersionMatch=x',
  'pretty=true',
)

const cases: fc.Arbitrary<Case> = fc
  .record({
    person: fc.constantFrom(...Object.keys(people), ...Object.keys(people), 'expired', 'forged'),
    method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'),
    path: paths,
    query: fc.array(parameters, { maxLength: 3 }),
    body: fc.constantFrom(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"made"}}',
      '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"made"}}',
      '{}',
      '{',
    ),
  })
  .map(({ person, method, path, query, body }) => {
    const changes = method !== 'GET' && method !== 'HEAD'
    // Both ways must meet the same state, and no watch may last.
    const all = [...query, 'timeoutSeconds=1', ...(changes ? ['dryRun=All'] : [])]
    return {
      person,
      method,
      path: `${path}?${all.join('&')}`,
      body: changes && method !== 'DELETE' ? body : undefined,
    }
  })

/** One request, both ways: under which Audit-IDs the API server has it. */
interface Pair {
  readonly direct: string
  readonly through: string
}

interface AuditEvent {
  readonly auditID: string
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username?: string; readonly groups?: readonly string[] }
  readonly impersonatedUser?: AuditEvent['user']
  readonly objectRef?: Readonly<Record<string, string>>
}

/** Random requests, past the proxy and through it. */
export function testDifferences(opened: () => ClusterFixture): void {
  describe('the proxy and the API server', () => {
    let fixture: ClusterFixture
    const tokens: Record<string, string> = {}
    beforeAll(async () => {
      fixture = opened()
      for (const [name, claims] of Object.entries(people)) tokens[name] = await fixture.issuer.mint(claims)
      tokens['expired'] = await fixture.issuer.mint({ ...people.admin, exp: 1_700_000_000 })
      tokens['forged'] = await fixture.issuer.mint(people.admin, { foreignKey: true })
    })

    async function outcome(way: Way, { person, method, path, body }: Case, auditId: string) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const headers = { 'audit-id': auditId, ...(body === undefined ? {} : { 'content-type': type }) }
      const init = { headers, ...(body === undefined ? {} : { body }) }
      const answer = await way.ask(method, path, tokens[person], init)
      // A denial is the same word by word, but for `pretty`.
      const denial: unknown =
        answer.status === 403 && answer.body !== '' ? JSON.parse(answer.body) : undefined
      return { status: answer.status, denial }
    }

    /** The first request whose answers differ, made small; how often each status came, and all that was asked. */
    async function compare(proxied: Way, runs: number) {
      const seen = new Map<number, number>()
      const pairs: Pair[] = []
      const property = fc.asyncProperty(cases, async (one) => {
        const pair = { direct: crypto.randomUUID(), through: crypto.randomUUID() }
        pairs.push(pair)
        const [direct, through] = await Promise.all([
          outcome(fixture.direct, one, pair.direct),
          outcome(proxied, one, pair.through),
        ])
        seen.set(direct.status, (seen.get(direct.status) ?? 0) + 1)
        expect(through).toEqual(direct)
      })
      const result = await fc.check(property, {
        seed: SEED,
        numRuns: runs,
        endOnFailure: false,
        interruptAfterTimeLimit: 100_000,
      })
      return { difference: result.counterexample?.[0], seen, pairs, runs: result.numRuns }
    }

    /** What the API server says of each request: who wanted what of which object. */
    async function readAudit(): Promise<Map<string, object>> {
      const lines = (await readFile(fixture.cluster.auditLog!, 'utf8')).trimEnd().split('\n')
      const events = lines
        .map((line) => JSON.parse(line) as AuditEvent)
        // The proxy's reviews have the Audit-ID of the request that they are about.
        .filter(({ user, impersonatedUser }) => impersonatedUser || user.username !== PROXY_USER)
      return new Map(
        events.map(({ auditID, verb, requestURI, user, impersonatedUser, objectRef }) => {
          const { username, groups } = impersonatedUser ?? user
          return [auditID, { verb, requestURI, username, groups: groups?.toSorted(), objectRef }]
        }),
      )
    }

    test(
      'whoever asks for whatever gets the same answer through the proxy, and is the same in the audit log',
      { timeout: 150_000 },
      async () => {
        const { difference, seen, pairs, runs } = await compare(fixture.proxied, RUNS)
        expect(difference).toBeUndefined()
        expect(runs).toBe(RUNS)
        // A run of nothing but 404 proves nothing.
        const quotas = { 200: 60, 400: 15, 401: 40, 403: 100, 404: 60 }
        const unmet = Object.entries(quotas).filter(
          ([status, quota]) => (seen.get(Number(status)) ?? 0) < quota,
        )
        expect({ unmet, seen: unmet.length === 0 ? [] : [...seen] }).toEqual({ unmet: [], seen: [] })
        expect(seen.size).toBeGreaterThan(6)

        const audit = await readAudit()
        // What the proxy itself refuses never gets there.
        const both = pairs.filter(({ direct, through }) => audit.has(direct) && audit.has(through))
        expect(both.length).toBeGreaterThan(150)
        expect(both.map(({ through }) => audit.get(through))).toEqual(
          both.map(({ direct }) => audit.get(direct)),
        )
      },
    )

    test.each([
      ['loses groups', { groupsClaim: 'nothing' }],
      ['makes another user of a token', { usernameClaim: 'sub' }],
      ['takes no token for this audience', { audiences: ['other'] }],
    ])('the comparison finds a proxy that %s', { timeout: 60_000 }, async (_what, fault) => {
      const broken = await fixture.startProxy({ issuers: [{ ...fixture.issuer.settings, ...fault }] })
      const { difference } = await compare(broken, 60)
      expect(difference).toBeDefined()
    })
  })
}
