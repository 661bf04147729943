import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startTestIssuer } from '@gatehouse/authentication/test-issuer'
import type { CatalogueInput } from '../src/catalogue/schema.ts'
import { type Answer, auditFileIn, type Generator, openGenerator } from './generator.ts'
import { type RealCluster, startRealCluster } from './real-cluster.ts'
import { temporaryDirectory } from './temporary-directory.ts'

type ClusterInput = NonNullable<CatalogueInput['clusters']>[number]
type ProjectInput = NonNullable<CatalogueInput['projects']>[number]

/** People of the project `default`, by what they are there. Kubernetes knows two of the groups, too. */
export const CALLERS = {
  admin: { email: 'admin@kyma.cx', groups: ['runtimeAdmin'] },
  deleter: { email: 'deleter@kyma.cx', groups: [] },
  editor: { email: 'editor@kyma.cx', groups: ['runtimeDeveloper'] },
  viewer: { email: 'viewer@kyma.cx', groups: ['runtimeOperator'] },
  custom: { email: 'custom@kyma.cx', groups: [] },
  stranger: { email: 'stranger@kyma.cx', groups: ['somebody'] },
} as const
export type Caller = keyof typeof CALLERS

const PROJECT: ProjectInput = {
  name: 'default',
  roles: [
    { name: 'Remover', permissions: { cluster: ['delete'] } },
    {
      name: 'Operator',
      permissions: { cluster: ['get', 'list', 'update', 'create'], cloudaccount: ['delete'] },
    },
  ],
  assignments: [
    { role: 'Cluster Admin', groups: ['runtimeAdmin'] },
    { role: 'Remover', users: ['deleter@kyma.cx'] },
    { role: 'Cluster Editor', groups: ['runtimeDeveloper'] },
    { role: 'Cluster Viewer', groups: ['runtimeOperator'] },
    { role: 'Operator', users: ['custom@kyma.cx'] },
  ],
}
const ELSEWHERE: ProjectInput = {
  name: 'elsewhere',
  assignments: [{ role: 'Cluster Admin', users: ['stranger@kyma.cx'] }],
}

export interface TwoClusters extends AsyncDisposable {
  /** Its entries in the catalogue have OIDC. */
  readonly blue: RealCluster
  /** Its entries have none, or half of it. */
  readonly green: RealCluster
  readonly generator: Generator
  readonly catalogue: CatalogueInput
  /** Asks for a file of a cluster as somebody. */
  readonly file: (
    caller: Caller,
    id: string,
    file: 'kubeconfig' | 'adminkubeconfig',
    query?: string,
  ) => Promise<Answer & { token: string }>
  readonly audit: () => Promise<Record<string, unknown>[]>
}

/** Two clusters side by side, each in the catalogue with and without a proxy in front. */
export async function startTwoClusters(): Promise<TwoClusters> {
  await using stack = new AsyncDisposableStack()
  const { path: directory } = stack.use(await temporaryDirectory())
  const issuer = stack.use(await startTestIssuer({ directory: join(directory, 'issuer') }))
  const [blue, green] = await Promise.all(
    ['blue', 'green'].map(async (name) =>
      stack.use(await startRealCluster(name, join(directory, name), issuer)),
    ),
  )
  const oidc = { issuerUrl: issuer.url, clientConfig: { clientId: issuer.audience } }
  const catalogue: CatalogueInput = {
    projects: [PROJECT, ELSEWHERE],
    clusters: [
      entry('oidc', blue!, { oidc }),
      entry('oidc-proxy', blue!, { oidc, proxy: proxyOf(blue!) }),
      entry('plain', green!, {}),
      entry('plain-proxy', green!, { proxy: proxyOf(green!) }),
      entry('half', green!, { oidc: { issuerUrl: issuer.url } }),
      entry('half-proxy', green!, { oidc: { clientConfig: oidc.clientConfig }, proxy: proxyOf(green!) }),
      entry('brief', green!, {}, { lifetimeSeconds: 4 }),
      entry('hidden', green!, { project: 'elsewhere' }),
      { ...entry('unable', green!, {}), credentials: undefined },
    ],
  }
  const generator = stack.use(
    await openGenerator(
      directory,
      issuer,
      { limits: { filesPerMinute: 10_000, credentialsPerMinute: 1000, failuresPerMinute: 10_000 } },
      () => catalogue,
    ),
  )
  const resources = stack.move()
  return {
    blue: blue!,
    green: green!,
    generator,
    catalogue,
    file: (caller, id, file, query = '') =>
      generator.askAs(CALLERS[caller], `/v1/spectroclusters/${id}/assets/${file}${query}`),
    async audit() {
      const text = await readFile(auditFileIn(directory), 'utf8')
      const lines = text.split('\n').filter((line) => line !== '')
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

function entry(
  name: string,
  { cluster, certificateAuthorityFile, generatorKubeconfig }: RealCluster,
  change: Partial<ClusterInput>,
  credentials: Partial<NonNullable<ClusterInput['credentials']>> = {},
): ClusterInput {
  return {
    id: `id-${name}`,
    name,
    project: 'default',
    server: cluster.server,
    certificateAuthorityFile,
    credentials: { kubeconfig: generatorKubeconfig, ...credentials },
    ...change,
  }
}

/** The relay stands for both ways: the access proxy, and the tunnel, which needs the name in TLS. */
function proxyOf({ relay, certificateAuthorityFile, tunnelName }: RealCluster): ClusterInput['proxy'] {
  return {
    server: relay.url,
    certificateAuthorityFile,
    tunnel: { server: relay.url, tlsServerName: tunnelName },
  }
}
