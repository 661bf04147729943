import { parseKubeconfig } from '@gatehouse/kubeconfig'
import type { Status } from '@gatehouse/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Caller, CALLERS, startTwoClusters, type TwoClusters } from './two-clusters.ts'

let world: TwoClusters
beforeAll(async () => {
  world = await startTwoClusters()
}, 300_000)
afterAll(() => world?.[Symbol.asyncDispose]())

/**
 * Rows: the cluster's entry in the catalogue. Columns: what callers get as kubeconfig and as admin kubeconfig.
 * `oidc`: their own token; `issued`: a credential of the download; `via`: through the relay; else a code.
 */
const TABLE: [id: string, caller: Caller, kubeconfig: string, admin: string][] = [
  ['oidc', 'admin', 'oidc', 'issued'],
  ['oidc', 'deleter', 'oidc', 'issued'],
  ['oidc', 'editor', 'oidc', '403 ClusterAdminOnly'],
  ['oidc', 'viewer', 'oidc', '403 ClusterAdminOnly'],
  ['oidc', 'custom', 'oidc', '403 ClusterAdminOnly'],
  ['oidc', 'stranger', '404', '404'],
  ['oidc-proxy', 'admin', 'oidc via', 'issued'],
  ['oidc-proxy', 'deleter', 'oidc via', 'issued'],
  ['oidc-proxy', 'editor', 'oidc via', '403 ClusterAdminOnly'],
  ['oidc-proxy', 'viewer', 'oidc via', '403 ClusterAdminOnly'],
  ['oidc-proxy', 'custom', 'oidc via', '403 ClusterAdminOnly'],
  ['oidc-proxy', 'stranger', '404', '404'],
  ['plain', 'admin', 'issued', 'issued'],
  ['plain', 'deleter', 'issued', 'issued'],
  ['plain', 'editor', '403 OidcAbsent', '403 ClusterAdminOnly'],
  ['plain', 'viewer', '403 OidcAbsent', '403 ClusterAdminOnly'],
  ['plain', 'custom', '403 OidcAbsent', '403 ClusterAdminOnly'],
  ['plain', 'stranger', '404', '404'],
  ['plain-proxy', 'admin', 'issued via', 'issued'],
  ['plain-proxy', 'deleter', 'issued via', 'issued'],
  ['plain-proxy', 'editor', '403 OidcAbsent', '403 ClusterAdminOnly'],
  ['plain-proxy', 'viewer', '403 OidcAbsent', '403 ClusterAdminOnly'],
  ['plain-proxy', 'custom', '403 OidcAbsent', '403 ClusterAdminOnly'],
  ['plain-proxy', 'stranger', '404', '404'],
  ['half', 'admin', 'issued', 'issued'],
  ['half', 'deleter', 'issued', 'issued'],
  ['half', 'editor', '403 OidcIncomplete', '403 ClusterAdminOnly'],
  ['half', 'viewer', '403 OidcIncomplete', '403 ClusterAdminOnly'],
  ['half', 'custom', '403 OidcIncomplete', '403 ClusterAdminOnly'],
  ['half', 'stranger', '404', '404'],
  ['half-proxy', 'admin', 'issued via', 'issued'],
  ['half-proxy', 'deleter', 'issued via', 'issued'],
  ['half-proxy', 'editor', '403 OidcIncomplete', '403 ClusterAdminOnly'],
  ['half-proxy', 'viewer', '403 OidcIncomplete', '403 ClusterAdminOnly'],
  ['half-proxy', 'custom', '403 OidcIncomplete', '403 ClusterAdminOnly'],
  ['half-proxy', 'stranger', '404', '404'],
]
const CELLS = TABLE.flatMap(([id, caller, kubeconfig, admin]) => [
  [id, caller, 'kubeconfig', kubeconfig] as const,
  [id, caller, 'adminkubeconfig', admin] as const,
])

/** What `kubectl get secrets -A` does with a caller's own rights in the clusters. */
const MAY_READ_SECRETS = new Set<Caller>(['admin'])

test.for(CELLS)('%s: %s gets the %s: %s', async ([id, caller, file, expected]) => {
  const answer = await world.file(caller, `id-${id}`, file)
  if (answer.status !== 200) {
    const { code, details, reason } = JSON.parse(answer.text) as Status
    expect(code).toBe(answer.status)
    expect(`${code}${reason === 'Forbidden' ? ` ${details?.causes?.[0]?.reason}` : ''}`).toBe(expected)
    expect(answer.text).not.toContain('BEGIN')
    return
  }
  expect(answer.headers).toMatchObject({
    'content-type': 'application/yaml',
    'cache-control': 'no-store',
    'content-disposition': `attachment; filename="${id}${file === 'kubeconfig' ? '' : '-admin'}.kubeconfig.yml"`,
  })
  const real = id.startsWith('oidc') ? world.blue : world.green
  const before = real.relay.connections()
  const whoami = await real.kubectl(answer.text, ['auth', 'whoami', '-o', 'json'])
  expect(whoami.stderr).toBe('')
  const { userInfo } = (
    JSON.parse(whoami.stdout) as {
      status: { userInfo: { username: string; groups: string[] } }
    }
  ).status
  const { email, groups } = CALLERS[caller]
  const isIssued = userInfo.username.startsWith('system:gatehouse:download:')
  const route = real.relay.connections() > before ? ' via' : ''
  expect(`${isIssued ? 'issued' : 'oidc'}${route}`).toBe(expected)
  expect(userInfo.username).toMatch(
    isIssued ? new RegExp(`^system:gatehouse:download:${email}:[0-9a-f]{20}$`) : new RegExp(`^${email}$`),
  )
  expect(userInfo.groups).toEqual(isIssued ? ['system:authenticated'] : [...groups, 'system:authenticated'])
  const secrets = await real.kubectl(answer.text, ['get', 'secrets', '-A'])
  expect(secrets.code === 0).toBe(isIssued || MAY_READ_SECRETS.has(caller))
})

test('the table has every caller, cluster and file once', () => {
  const entries = world.catalogue.clusters!.map(({ name }) => name)
  const wanted = entries.filter((name) => !['brief', 'hidden', 'unable'].includes(name))
  const all = wanted.flatMap((id) => Object.keys(CALLERS).map((caller) => `${id} ${caller}`))
  expect(TABLE.map(([id, caller]) => `${id} ${caller}`).toSorted()).toEqual(all.toSorted())
})

test('half of OIDC is said: in the refusal, and in the file and the head of who gets one all the same', async () => {
  const refused = await world.file('viewer', 'id-half', 'kubeconfig')
  expect((JSON.parse(refused.text) as Status).message).toContain('(the client configuration is missing)')
  const given = await world.file('admin', 'id-half-proxy', 'kubeconfig')
  const sentence =
    "the cluster's OIDC settings are incomplete (the issuer URL is missing) and count as not configured."
  expect(given.headers['warning']).toBe(`299 - "${sentence}"`)
  expect(given.text.split('\n')[0]).toBe(`# ${sentence}`)
})

test('the two files of a cluster can be merged: both contexts lead where they should', async () => {
  const files = [
    await world.file('admin', 'id-oidc-proxy', 'kubeconfig', '?namespace=team-a'),
    await world.file('admin', 'id-oidc-proxy', 'adminkubeconfig'),
  ]
  const documents = files.map(({ text }) => parseKubeconfig(text))
  expect(documents.map((document) => document['current-context'])).toEqual([
    'admin@kyma.cx@oidc-proxy',
    'admin@kyma.cx@oidc-proxy-admin',
  ])
  expect(documents[0]!.contexts[0]!.context.namespace).toBe('team-a')
  expect(documents[1]!.clusters[0]!.cluster.server).toBe(world.blue.cluster.server)
  const names = documents.flatMap(({ clusters, users }) => [...clusters, ...users].map(({ name }) => name))
  expect(new Set(names).size).toBe(4)
})
