import { parseKubeconfig } from '@gatehouse/kubeconfig'
import type { Status } from '@gatehouse/server'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from './generator.ts'
import type { RealCluster } from './real-cluster.ts'
import { type Caller, CALLERS, type TwoClusters } from './two-clusters.ts'

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

/** Who may read secrets in the clusters by their own rights. */
const MAY_READ_SECRETS = new Set<Caller>(['admin'])

interface Seen {
  /** As in the table. */
  readonly what: string
  readonly fileName?: string | undefined
  readonly username?: string
  readonly groups?: readonly string[]
  readonly readsSecrets?: boolean
}

/** What an answer is: the refusal's reason, or what the real kubectl is and may do with the file. */
async function look(answer: Answer, { relay, kubectl }: RealCluster): Promise<Seen> {
  if (answer.status !== 200) {
    const { code, details, reason } = JSON.parse(answer.text) as Status
    const cause = reason === 'Forbidden' ? ` ${details?.causes?.[0]?.reason}` : ''
    return { what: `${code}${cause}` }
  }
  const before = relay.connections()
  const { stdout } = await kubectl(answer.text, ['auth', 'whoami', '-o', 'json'])
  const route = relay.connections() > before ? ' via' : ''
  const { username, groups } = (
    JSON.parse(stdout) as { status: { userInfo: { username: string; groups: string[] } } }
  ).status.userInfo
  return {
    what: `${username.startsWith('system:gatehouse:download:') ? 'issued' : 'oidc'}${route}`,
    fileName: /filename="(.*)"/.exec(answer.headers['content-disposition'] ?? '')?.[1],
    username: username.replace(/[0-9a-f]{20}$/, 'ID'),
    groups,
    readsSecrets: (await kubectl(answer.text, ['get', 'secrets', '-A'])).exitCode === 0,
  }
}

/** What a cell of the table means. */
function wanted(id: string, caller: Caller, file: string, what: string): Seen {
  if (/^\d/.test(what)) return { what }
  const { email, groups } = CALLERS[caller]
  const isIssued = what.startsWith('issued')
  return {
    what,
    fileName: `${id}${file === 'kubeconfig' ? '' : '-admin'}.kubeconfig.yml`,
    username: isIssued ? `system:gatehouse:download:${email}:ID` : email,
    groups: isIssued ? ['system:authenticated'] : [...groups, 'system:authenticated'],
    readsSecrets: isIssued || MAY_READ_SECRETS.has(caller),
  }
}

/** Who gets which file of which cluster, and what kubectl is and may do with it. */
export function testAccessTable(opened: () => TwoClusters): void {
  describe('the table of access', () => {
    let world: TwoClusters
    beforeAll(() => {
      world = opened()
    })

    test.for(CELLS)('%s: %s gets the %s: %s', async ([id, caller, file, expected]) => {
      const answer = await world.file(caller, `id-${id}`, file)
      const real = id.startsWith('oidc') ? world.blue : world.green
      expect(await look(answer, real)).toEqual(wanted(id, caller, file, expected))
      expect(answer.headers['cache-control']).toBe('no-store')
    })

    test('the table has every caller, cluster and file once', () => {
      const entries = world.catalogue.clusters!.map(({ name }) => name)
      const rows = entries.filter((name) => !['brief', 'hidden', 'unable'].includes(name))
      const all = rows.flatMap((id) => Object.keys(CALLERS).map((caller) => `${id} ${caller}`))
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
      const names = documents.flatMap(({ clusters, users }) =>
        [...clusters, ...users].map(({ name }) => name),
      )
      expect(new Set(names).size).toBe(4)
    })
  })
}
