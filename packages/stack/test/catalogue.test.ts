import { catalogueSchema } from '@gatehouse/kubeconfig-generator/catalogue'
import { expect, test } from 'vitest'
import { addressesOf } from '../src/addresses.ts'
import { catalogueConfigurationSchema } from '../src/catalogue-configuration.ts'
import { catalogueOf, type OwnCluster, tunnelsOf } from '../src/catalogue.ts'
import { DEFAULT_PORTS } from '../src/ports.ts'

const OIDC = { issuerUrl: 'https://dex.gatehouse.localhost:8443', clientConfig: { clientId: 'kyma-client' } }
const PROXY = { server: 'https://127.0.0.1:9443', certificateAuthorityFile: 'ca.crt' }
const TUNNEL = { server: 'https://127.0.0.1:8443', tlsServerName: 'gatehouse.clusters.gatehouse.localhost' }
const OURS: OwnCluster = {
  name: 'gatehouse',
  server: 'https://127.0.0.1:6443',
  certificateAuthorityFile: 'cluster-ca.pem',
  trustsIssuer: true,
  proxy: PROXY,
  tunnel: TUNNEL,
  oidc: OIDC,
  generatorKubeconfig: 'generator.kubeconfig',
}
/** Somebody else's cluster: its API server knows neither the issuer nor a name for a tunnel. */
const THEIRS: OwnCluster = { ...OURS, trustsIssuer: false, tunnel: undefined, generatorKubeconfig: undefined }

test.each<[string, OwnCluster, { oidc?: boolean; proxy?: boolean }, object]>([
  ['ours', OURS, {}, { oidc: OIDC, proxy: { ...PROXY, tunnel: TUNNEL } }],
  ['ours without proxy', OURS, { proxy: false }, { oidc: OIDC, proxy: undefined }],
  ['ours without OIDC', OURS, { oidc: false }, { oidc: undefined, proxy: { ...PROXY, tunnel: TUNNEL } }],
  ['ours without both', OURS, { oidc: false, proxy: false }, { oidc: undefined, proxy: undefined }],
  ['theirs', THEIRS, {}, { oidc: OIDC, proxy: PROXY, credentials: undefined }],
  [
    'theirs without proxy, where tokens lead nowhere',
    THEIRS,
    { proxy: false },
    { oidc: undefined, proxy: undefined },
  ],
  [
    'theirs without OIDC, which has no way through a proxy',
    THEIRS,
    { oidc: false },
    { oidc: undefined, proxy: undefined },
  ],
])('the entry of %s', (_, own, cluster, expected) => {
  const catalogue = catalogueOf(catalogueConfigurationSchema.parse({ cluster }), own)
  expect(catalogue.clusters?.[0]).toEqual({
    id: 'gatehouse',
    name: 'gatehouse',
    project: 'default',
    server: OURS.server,
    certificateAuthorityFile: 'cluster-ca.pem',
    ...(own.generatorKubeconfig ? { credentials: { kubeconfig: own.generatorKubeconfig } } : {}),
    ...expected,
  })
  expect(catalogueSchema.safeParse(catalogue).error).toBeUndefined()
})

test("Kyma's groups have roles in the project of the stack's cluster, and nobody else", () => {
  const { projects } = catalogueConfigurationSchema.parse({})
  expect(
    projects.map(({ name, assignments }) => [name, assignments.map(({ role, groups }) => [role, groups])]),
  ).toEqual([
    [
      'default',
      [
        ['Cluster Admin', ['runtimeAdmin']],
        ['Cluster Editor', ['runtimeNamespaceAdmin', 'runtimeDeveloper']],
        ['Cluster Viewer', ['runtimeOperator']],
      ],
    ],
  ])
})

test('a project that is not there is told with its path', () => {
  const { error } = catalogueConfigurationSchema.safeParse({ cluster: { project: 'blue' } })
  expect(error?.issues).toMatchObject([{ path: ['cluster', 'project'] }])
})

test('the gateway passes TLS on to every API server that a file reaches by a tunnel', () => {
  const other = (id: string, server: string) => ({
    id,
    name: id,
    project: 'default',
    server,
    certificateAuthorityFile: 'other.pem',
    proxy: { ...PROXY, tunnel: { server: 'https://127.0.0.1:8443', tlsServerName: `${id}.clusters.test` } },
  })
  const catalogue = catalogueConfigurationSchema.parse({
    clusters: [
      other('four', 'https://10.0.0.1'),
      other('six', 'https://[fd00::1]:6443'),
      { ...other('four', 'https://10.0.0.1'), id: 'again', name: 'again' },
      { ...other('direct', 'https://10.0.0.2'), proxy: undefined },
    ],
  })
  const addresses = addressesOf({ name: 'default', domain: 'gatehouse.localhost', ports: DEFAULT_PORTS })
  const others = [
    { serverName: 'four.clusters.test', host: '10.0.0.1', port: 443 },
    { serverName: 'six.clusters.test', host: 'fd00::1', port: 6443 },
  ]
  expect(tunnelsOf(catalogue, undefined)).toEqual(others)
  expect(tunnelsOf(catalogue, { addresses, ports: DEFAULT_PORTS })).toEqual([
    { serverName: 'gatehouse.clusters.gatehouse.localhost', host: '127.0.0.1', port: 6443 },
    ...others,
  ])
})
