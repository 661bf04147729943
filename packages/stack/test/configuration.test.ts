import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CommandLine, readConfiguration } from '../src/configuration.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-configuration-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function read(yaml: string) {
  await writeFile(join(directory, 'gatehouse.yaml'), yaml)
  return readConfiguration(undefined, directory)
}

test("without a file the defaults hold, with Kyma's people", async () => {
  const configuration = await readConfiguration(undefined, directory)
  expect(configuration.domain).toBe('gatehouse.localhost')
  expect(configuration.cluster.provider).toBe('embedded')
  expect(configuration.identity.users.map(({ email }) => email)).toContain('no-rights-user@kyma.cx')
})

test('an empty file means the same as none', async () => {
  expect(await read('')).toEqual(await readConfiguration(undefined, tmpdir()))
})

test('a file that was asked for and is not there is an error', async () => {
  await expect(readConfiguration('other.yaml', directory)).rejects.toThrow(/other\.yaml/)
})

/** A cluster of the catalogue, in one line. */
const tunnelled = (id: string, tlsServerName = 'one.test', server = `https://${id}.test`) =>
  `{id: ${id}, name: ${id}, project: default, server: "${server}", certificateAuthorityFile: /ca.pem,
    proxy: {server: "https://127.0.0.1:1", certificateAuthorityFile: /ca.pem,
      tunnel: {server: "https://127.0.0.1:1", tlsServerName: ${tlsServerName}}}}`

test.each([
  ['an unknown key', 'domian: x', '/domian'],
  ['a bad host name', 'domain: "-x-"', '/domain'],
  ['an unknown provider', 'cluster: {provider: magic}', '/cluster/provider'],
  [
    'an existing cluster without its kubeconfig',
    'cluster: {provider: existing}',
    '/cluster/kubeconfig: must name the kubeconfig',
  ],
  ["the stack's own cluster with a kubeconfig", 'cluster: {kubeconfig: x}', '/cluster/kubeconfig'],
  [
    'a port of the node on no address',
    'cluster: {kind: {portMappings: [{containerPort: 1, hostPort: 1, listenAddress: here}]}}',
    '/cluster/kind/portMappings/0/listenAddress',
  ],
  ['a port out of range', 'ports: {dex: 70000}', '/ports/dex'],
  ['one port twice', 'ports: {dex: 5000, apiserver: 5000}', '/ports/'],
  ['one user twice', 'identity: {users: [{email: a@b.cd}, {email: A@b.cd}]}', '/identity/users/1/email'],
  ['a short password', 'identity: {users: [{email: a@b.cd, password: x}]}', '/identity/users/0/password'],
  [
    "the stack's own client",
    'identity: {clients: [{id: kyma-client, redirectURIs: [x]}]}',
    '/identity/clients/0/id',
  ],
  [
    'a TLS tunnel by a name that leads to another API server',
    `catalogue: {clusters: [${tunnelled('a')}, ${tunnelled('b')}]}`,
    '/catalogue/clusters/1/proxy/tunnel/tlsServerName',
  ],
  [
    "a TLS tunnel by the name of the stack's own API server that leads elsewhere",
    `{domain: a.test, catalogue: {clusters: [${tunnelled('a', 'gatehouse.clusters.a.test')}]}}`,
    '/catalogue/clusters/0/proxy/tunnel/tlsServerName: gatehouse.clusters.a.test leads to',
  ],
  [
    'a TLS tunnel by the name of a service',
    `catalogue: {clusters: [${tunnelled('a')}, ${tunnelled('b', 'console.gatehouse.localhost')}]}`,
    '/catalogue/clusters/1/proxy/tunnel/tlsServerName: console.gatehouse.localhost leads to',
  ],
  [
    'a cluster of a project that is not there',
    `catalogue: {clusters: [${tunnelled('a').replace('default', 'blue')}]}`,
    '/catalogue/clusters/0/project',
  ],
  ['a duration that is none', 'identity: {idTokenLifetime: soon}', '/identity/idTokenLifetime'],
])('%s is refused with its path', async (_what, yaml, path) => {
  await expect(read(yaml)).rejects.toMatchObject({
    code: 'ERR_CONFIGURATION',
    message: expect.stringContaining(path),
  })
})

test.each<[string, string, string, CommandLine?]>([
  ['leads to it', 'gatehouse.clusters.gatehouse.localhost', 'https://127.0.0.1:6443'],
  ['is that of another stack', 'gatehouse.clusters.gatehouse.localhost', 'https://a.test', { name: 'blue' }],
])(
  "a tunnel by a name of the stack's own API server is fine where it %s",
  async (_what, name, server, line) => {
    await writeFile(
      join(directory, 'gatehouse.yaml'),
      `catalogue: {clusters: [${tunnelled('a', name, server)}]}`,
    )
    const { catalogue } = await readConfiguration(undefined, directory, line)
    expect(catalogue.clusters).toHaveLength(1)
  },
)

test("on somebody else's cluster, which gets no tunnel, the name is free, unless the command line says otherwise", async () => {
  await writeFile(
    join(directory, 'gatehouse.yaml'),
    `cluster: {provider: existing, kubeconfig: x}
catalogue: {clusters: [${tunnelled('a', 'gatehouse.clusters.gatehouse.localhost')}]}`,
  )
  await readConfiguration(undefined, directory)
  const asOwn = readConfiguration(undefined, directory, { provider: 'embedded' })
  await expect(asOwn).rejects.toThrow('/catalogue/clusters/0/proxy/tunnel/tlsServerName')
})

test('all problems are in one message', async () => {
  await expect(read('domian: x\nports: {dex: 0}')).rejects.toThrow(/\/ports\/dex[^]*\/domian/)
})

test('a provider that is asked for takes the place of the one in the file, whose other settings stay', async () => {
  await writeFile(
    join(directory, 'gatehouse.yaml'),
    'domain: example.test\ncluster: {provider: existing, kubeconfig: x, kind: {image: "a/node:v1"}}',
  )
  const configuration = await readConfiguration(undefined, directory, { provider: 'kind' })
  expect(configuration).toMatchObject({ domain: 'example.test', cluster: { provider: 'kind' } })
  expect(configuration.cluster).toEqual({ provider: 'kind', kind: { image: 'a/node:v1', portMappings: [] } })
})

test.each([
  ['~/.kube/config', join(homedir(), '.kube/config')],
  ['/etc/kubeconfig', '/etc/kubeconfig'],
])('the kubeconfig %s of an existing cluster is %s', async (written, meant) => {
  const { cluster } = await read(`cluster: {provider: existing, kubeconfig: ${written}}`)
  expect(cluster.kubeconfig).toBe(meant)
})

test('a relative kubeconfig is looked for beside gatehouse.yaml', async () => {
  const { cluster } = await read('cluster: {provider: existing, kubeconfig: k/config}')
  expect(cluster.kubeconfig).toBe(join(directory, 'k/config'))
})
