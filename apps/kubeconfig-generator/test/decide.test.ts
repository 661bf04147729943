import { expect, test } from 'vitest'
import { decideAccess, type OidcState } from '../src/access/decide.ts'
import { BUILT_IN_ROLES, type Role } from '../src/access/roles.ts'

const builtIn = (name: string) => BUILT_IN_ROLES.find((role) => role.name === name)!
const custom = (permissions: Record<string, string[]>): Role => ({
  name: 'custom',
  permissions: new Map(Object.entries(permissions).map(([key, verbs]) => [key, new Set(verbs)])),
})

/** Whose file it is, by the roles in the project. */
const CALLERS = {
  'Cluster Admin': [builtIn('Cluster Admin')],
  'custom with cluster.delete': [custom({ cluster: ['delete'] })],
  'Viewer and custom with cluster.delete': [
    builtIn('Cluster Viewer'),
    custom({ cluster: ['get', 'delete'] }),
  ],
  'Cluster Editor': [builtIn('Cluster Editor')],
  'Cluster Viewer': [builtIn('Cluster Viewer')],
  'Editor and Viewer': [builtIn('Cluster Editor'), builtIn('Cluster Viewer')],
  'custom without cluster.delete': [custom({ cluster: ['create', 'get', 'import', 'list', 'update'] })],
  'custom with delete on something else': [custom({ clusterProfile: ['delete'], Cluster: ['delete'] })],
  'custom with words like delete': [custom({ cluster: ['Delete', 'delete ', '*', 'cluster.delete'] })],
  'custom with nothing': [custom({})],
  'no role': [],
} satisfies Record<string, Role[]>
type Caller = keyof typeof CALLERS

const OIDC: Record<string, OidcState> = {
  yes: { kind: 'configured' },
  no: { kind: 'absent' },
  'no client': { kind: 'incomplete', missing: 'the client configuration' },
  'no issuer': { kind: 'incomplete', missing: 'the issuer URL' },
}

const ADMINS: Caller[] = [
  'Cluster Admin',
  'custom with cluster.delete',
  'Viewer and custom with cluster.delete',
]
const OTHERS: Caller[] = [
  'Cluster Editor',
  'Cluster Viewer',
  'Editor and Viewer',
  'custom without cluster.delete',
  'custom with delete on something else',
  'custom with words like delete',
  'custom with nothing',
]

/** Callers, OIDC, proxy → what the kubeconfig and the admin kubeconfig are; written out, not computed. */
const TABLE: [callers: Caller[], oidc: string, proxy: 'on' | 'off', kubeconfig: string, admin: string][] = [
  [ADMINS, 'yes', 'on', 'oidc proxy', 'issued apiserver'],
  [ADMINS, 'yes', 'off', 'oidc apiserver', 'issued apiserver'],
  [ADMINS, 'no', 'on', 'issued tunnel', 'issued apiserver'],
  [ADMINS, 'no', 'off', 'issued apiserver', 'issued apiserver'],
  [ADMINS, 'no client', 'on', 'issued tunnel', 'issued apiserver'],
  [ADMINS, 'no client', 'off', 'issued apiserver', 'issued apiserver'],
  [ADMINS, 'no issuer', 'on', 'issued tunnel', 'issued apiserver'],
  [ADMINS, 'no issuer', 'off', 'issued apiserver', 'issued apiserver'],
  [OTHERS, 'yes', 'on', 'oidc proxy', 'ClusterAdminOnly'],
  [OTHERS, 'yes', 'off', 'oidc apiserver', 'ClusterAdminOnly'],
  [OTHERS, 'no', 'on', 'OidcAbsent', 'ClusterAdminOnly'],
  [OTHERS, 'no', 'off', 'OidcAbsent', 'ClusterAdminOnly'],
  [OTHERS, 'no client', 'on', 'OidcIncomplete', 'ClusterAdminOnly'],
  [OTHERS, 'no client', 'off', 'OidcIncomplete', 'ClusterAdminOnly'],
  [OTHERS, 'no issuer', 'on', 'OidcIncomplete', 'ClusterAdminOnly'],
  [OTHERS, 'no issuer', 'off', 'OidcIncomplete', 'ClusterAdminOnly'],
  [['no role'], 'yes', 'on', 'not-found', 'not-found'],
  [['no role'], 'yes', 'off', 'not-found', 'not-found'],
  [['no role'], 'no', 'on', 'not-found', 'not-found'],
  [['no role'], 'no', 'off', 'not-found', 'not-found'],
  [['no role'], 'no client', 'on', 'not-found', 'not-found'],
  [['no role'], 'no client', 'off', 'not-found', 'not-found'],
  [['no role'], 'no issuer', 'on', 'not-found', 'not-found'],
  [['no role'], 'no issuer', 'off', 'not-found', 'not-found'],
]
const CELLS = TABLE.flatMap(([callers, oidc, proxy, kubeconfig, adminkubeconfig]) =>
  callers.flatMap((caller) => [
    [caller, oidc, proxy, 'kubeconfig', kubeconfig] as const,
    [caller, oidc, proxy, 'adminkubeconfig', adminkubeconfig] as const,
  ]),
)

test.each(CELLS)('%s, OIDC %s, proxy %s: the %s is %s', (caller, oidc, proxy, file, expected) => {
  const decision = decideAccess({ roles: CALLERS[caller], oidc: OIDC[oidc]!, proxy: proxy === 'on', file })
  expect(decision.allowed ? `${decision.credential} ${decision.route}` : decision.why).toBe(expected)
})

test('the table has every cell once', () => {
  const all = Object.keys(CALLERS).length * Object.keys(OIDC).length * 2 * 2
  expect(new Set(CELLS.map((cell) => cell.slice(0, 4).join())).size).toBe(all)
  expect(CELLS).toHaveLength(all)
})

test('a refusal says what would help', () => {
  const viewer = { roles: [builtIn('Cluster Viewer')], proxy: false, file: 'kubeconfig' } as const
  expect(decideAccess({ ...viewer, oidc: OIDC['no issuer']! })).toMatchObject({
    message:
      'the cluster\'s OIDC settings are incomplete (the issuer URL is missing) and count as not configured, so its kubeconfig is only for the role "Cluster Admin" and custom roles with the permission cluster.delete',
  })
})
