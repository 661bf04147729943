import { expect, test } from 'vitest'
import { catalogueOf } from '../src/catalogue/catalogue.ts'
import { type CatalogueInput, catalogueSchema } from '../src/catalogue/schema.ts'

const CLUSTER = {
  id: 'dev',
  name: 'dev',
  project: 'default',
  server: 'https://127.0.0.1:6443',
  certificateAuthorityFile: 'ca.pem',
}
const PROXY = { server: 'https://127.0.0.1:9443', certificateAuthorityFile: 'ca.pem' }

function problemsOf(catalogue: CatalogueInput): string[] {
  const { error } = catalogueSchema.safeParse(catalogue)
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
}

test.each<[string, CatalogueInput, string[]]>([
  ['an empty catalogue', {}, []],
  ['a cluster', { projects: [{ name: 'default' }], clusters: [CLUSTER] }, []],
  [
    'a project that is not there',
    { clusters: [CLUSTER] },
    ['clusters.0.project: there is no project "default"'],
  ],
  [
    'an id and a name twice',
    { projects: [{ name: 'default' }], clusters: [CLUSTER, CLUSTER] },
    ['clusters.1.id: dev is there twice', 'clusters.1.name: dev is there twice'],
  ],
  [
    'a tunnel name that leads to another API server',
    {
      projects: [{ name: 'default' }],
      clusters: (
        [
          ['dev', 6443],
          ['again', 6443],
          ['live', 7443],
        ] as const
      ).map(([id, port]) => ({
        ...CLUSTER,
        id,
        name: id,
        server: `https://127.0.0.1:${port}`,
        proxy: { ...PROXY, tunnel: { server: 'https://127.0.0.1:8443', tlsServerName: 'dev.tls' } },
      })),
    },
    [
      'clusters.2.proxy.tunnel.tlsServerName: dev.tls leads to https://127.0.0.1:6443 already, the API server of dev; each needs a name of its own',
    ],
  ],
  [
    "a name that is another cluster's admin kubeconfig's",
    {
      projects: [{ name: 'default' }],
      clusters: [CLUSTER, { ...CLUSTER, id: 'other', name: 'dev-admin' }],
    },
    ['clusters.1.name: is how the admin kubeconfig of another cluster calls it'],
  ],
  [
    'a role that is not there',
    { projects: [{ name: 'default', assignments: [{ role: 'Owner', users: ['a@b'] }] }] },
    [
      'projects.0.assignments.0.role: there is no role "Owner"; there are Cluster Admin, Cluster Editor, Cluster Viewer',
    ],
  ],
  [
    'a custom role with the name of a built-in one',
    {
      projects: [
        { name: 'default', roles: [{ name: 'Cluster Viewer', permissions: { cluster: ['delete'] } }] },
      ],
    },
    ['projects.0.roles.0.name: every project has this role already'],
  ],
  [
    'groups of the system',
    { projects: [{ name: 'default', assignments: [{ role: 'Cluster Admin', groups: ['system:masters'] }] }] },
    ['projects.0.assignments.0.groups.0: names of the system get no roles'],
  ],
  [
    'a proxy without OIDC and without a tunnel',
    { projects: [{ name: 'default' }], clusters: [{ ...CLUSTER, proxy: PROXY }] },
    [
      'clusters.0.proxy.tunnel: is needed: without OIDC, client certificates have to reach the API server through it',
    ],
  ],
  [
    'a proxy with half of OIDC and without a tunnel',
    {
      projects: [{ name: 'default' }],
      clusters: [{ ...CLUSTER, proxy: PROXY, oidc: { issuerUrl: 'https://dex.example' } }],
    },
    [
      'clusters.0.proxy.tunnel: is needed: without OIDC, client certificates have to reach the API server through it',
    ],
  ],
  [
    'a name that could end a file name, or begin a header of its own',
    {
      projects: [{ name: 'default' }],
      clusters: ['dev"; filename="evil.sh', 'dev\r\nSet-Cookie: a=b', '../dev', 'dev\u0000'].map(
        (name, index) => ({ ...CLUSTER, id: `c${index}`, name }),
      ),
    },
    [0, 1, 2, 3].map((index) => `clusters.${index}.name: lower-case letters, digits and "-", at most 63`),
  ],
  [
    'addresses that hold more than an address',
    {
      projects: [{ name: 'default' }],
      clusters: ['https://a:b@127.0.0.1', 'https://127.0.0.1?x', 'https://127.0.0.1#x', 'https://a\n.b'].map(
        (server, index) => ({ ...CLUSTER, id: `c${index}`, name: `c${index}`, server }),
      ),
    },
    [0, 1, 2, 3].map(
      (index) => `clusters.${index}.server: must be an address only: no user, no query, no white space`,
    ),
  ],
  [
    'addresses without TLS, and of other kinds',
    {
      projects: [{ name: 'default' }],
      clusters: ['http://127.0.0.1', 'file:///etc/passwd', 'gopher://127.0.0.1', '//127.0.0.1'].map(
        (server, index) => ({ ...CLUSTER, id: `c${index}`, name: `c${index}`, server }),
      ),
    },
    [0, 1, 2, 3].map((index) => `clusters.${index}.server: must be a URL that starts with https://`),
  ],
  [
    'an id that a path could misread',
    { projects: [{ name: 'default' }], clusters: [{ ...CLUSTER, id: '../dev' }] },
    ['clusters.0.id: letters, digits and "-", at most 63'],
  ],
])('%s', (_, catalogue, problems) => {
  expect(problemsOf(catalogue)).toEqual(problems)
})

const { rolesOf } = catalogueOf(
  catalogueSchema.parse({
    projects: [
      {
        name: 'default',
        roles: [{ name: 'constructor', permissions: { cluster: ['get'] } }],
        assignments: [
          { role: 'Cluster Admin', groups: ['runtimeAdmin'] },
          { role: 'Cluster Viewer', users: ['viewer@kyma.cx'], groups: ['runtimeOperator'] },
          { role: 'constructor', users: ['odd@kyma.cx'] },
        ],
      },
      { name: 'other', assignments: [{ role: 'Cluster Admin', users: ['viewer@kyma.cx'] }] },
    ],
  }),
  new Map(),
)
const namesOf = (username: string, groups: string[], project = 'default') =>
  rolesOf(project, { username, groups }).map(({ name }) => name)

test('roles come by name and by group, each once, and only in their project', () => {
  expect(namesOf('a@kyma.cx', ['runtimeAdmin'])).toEqual(['Cluster Admin'])
  expect(namesOf('viewer@kyma.cx', ['runtimeOperator', 'runtimeAdmin'])).toEqual([
    'Cluster Admin',
    'Cluster Viewer',
  ])
  expect(namesOf('viewer@kyma.cx', [], 'other')).toEqual(['Cluster Admin'])
  expect(namesOf('odd@kyma.cx', [])).toEqual(['constructor'])
})

test.each<[string, string, string[]]>([
  ['capitals', 'a', ['RuntimeAdmin', 'RUNTIMEADMIN']],
  ['white space', 'a', ['runtimeAdmin ', ' runtimeAdmin', 'runtime\u200bAdmin']],
  ['several in one', 'a', ['x,runtimeAdmin', 'runtimeAdmin,x', 'runtimeAdmin\nx', '["runtimeAdmin"]']],
  ['letters that look alike', 'a', ['runtime\u0410dmin', 'runtimeAdm\u0131n']],
  ['a prefix', 'a', ['oidc:runtimeAdmin', 'runtimeAdmins', 'runtime']],
  ['patterns', 'a', ['*', '.*', 'runtime*']],
  ['words of the language', 'a', ['__proto__', 'constructor', 'toString']],
  ['the name of the role', 'a', ['Cluster Admin', 'cluster-admin']],
  ['the group as a user', 'runtimeAdmin', []],
  ['the user as a group', 'a', ['viewer@kyma.cx']],
  ['another case of a user', 'Viewer@kyma.cx', []],
])('no role by %s', (_, username, groups) => {
  expect(namesOf(username, groups)).toEqual([])
})

test('no role in a project that does not exist, whatever it is called', () => {
  for (const project of ['nowhere', '', '__proto__', 'constructor', 'Default']) {
    expect(namesOf('viewer@kyma.cx', ['runtimeAdmin'], project)).toEqual([])
  }
})
