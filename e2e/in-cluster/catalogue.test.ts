import { catalogueSchema } from '@gatehouse/kubeconfig-generator/catalogue'
import { rights } from '@gatehouse/kubeconfig-generator/rights'
import { project } from '@gatehouse/personas'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { find, FULLNAME, type KubernetesObject, NAMESPACE } from './helm.ts'
import { useHelm } from './use-helm.ts'

const GENERATOR = `${FULLNAME}-kubeconfig-generator`
const SERVER = 'https://192.0.2.1:6443'
const BLUE = {
  id: '64B7',
  name: 'blue',
  project: project.name,
  server: 'https://blue.example.org:6443',
  certificateAuthorityFile: 'blue/ca.crt',
  oidc: {
    issuerUrl: 'https://login.example.org',
    clientConfig: { clientId: 'b', clientSecret: 'hush', certificateAuthorityFile: 'corporate/ca.pem' },
  },
  proxy: { server: 'https://proxy.example.org', certificateAuthorityFile: 'corporate/ca.pem' },
  credentials: { kubeconfig: 'blue/kubeconfig', lifetimeSeconds: 600 },
}

const helm = useHelm()

/** Values with a catalogue that is as small as it can be, and `more` of it. */
const valuesOf = (more: object = {}) => ({
  kubeconfigGenerator: {
    catalogue: { enabled: true, projects: [project], cluster: { server: SERVER }, ...more },
  },
})
const issuing = { cluster: { server: SERVER, credentials: { enabled: true, clusterRole: 'edit' } } }

/** What the generator finds in its files. */
function filesOf(objects: readonly KubernetesObject[]): Record<string, string> {
  return find(objects, 'Secret', GENERATOR)['stringData'] as Record<string, string>
}

/** As the generator reads it. */
function catalogueOf(objects: readonly KubernetesObject[]) {
  return catalogueSchema.parse(parse(filesOf(objects)['catalogue.yaml']!))
}

const generatorPod = (objects: readonly KubernetesObject[]) =>
  find(objects, 'Deployment', GENERATOR).spec.template.spec

/** Every file that the generator's pod has of Secrets and ConfigMaps. */
function mountedIn(objects: readonly KubernetesObject[]): string[] {
  const { volumes, containers } = generatorPod(objects)
  const paths: string[] = Object.keys(filesOf(objects)).map((file) => `/etc/gatehouse/${file}`)
  for (const { name, projected } of volumes) {
    const { mountPath } = containers[0].volumeMounts.find((mount: { name: string }) => mount.name === name)
    for (const { secret, configMap } of projected?.sources ?? [])
      for (const { path } of (secret ?? configMap).items) paths.push(`${mountPath}/${path}`)
  }
  return paths
}

test('without one the generator has no clusters, no Secrets of others and no token', async () => {
  const objects = await helm().template()
  const files = filesOf(objects)
  expect(Object.keys(files)).toEqual(['config.yaml'])
  expect(parse(files['config.yaml']!)).not.toHaveProperty('catalogueFile')
  expect(generatorPod(objects)).toMatchObject({ automountServiceAccountToken: false })
  expect(generatorPod(objects).volumes).toHaveLength(2)
})

describe('the cluster that the release is in', () => {
  test('is in it with what the chart knows of itself', async () => {
    const objects = await helm().template({
      clusterName: 'here',
      domain: 'example.org',
      apiserverProxy: { url: 'https://api.example.org' },
      identity: { clientId: 'corporate' },
      ...valuesOf(),
    })
    expect(catalogueOf(objects).clusters).toMatchObject([
      {
        id: 'here',
        name: 'here',
        project: project.name,
        server: SERVER,
        oidc: { issuerUrl: 'https://dex.example.org', clientConfig: { clientId: 'corporate' } },
        proxy: { server: 'https://api.example.org' },
      },
    ])
    // The console asks for the files of the cluster by the name that it shows.
    const page = parse(find(objects, 'ConfigMap', 'gatehouse-console')['data']['config.yaml'])
    expect(page).toMatchObject({ page: { cluster: 'here' } })
  })

  test('has no credentials for downloads unless it is asked for', async () => {
    const objects = await helm().template(valuesOf())
    expect(catalogueOf(objects).clusters[0]).not.toHaveProperty('credentials')
    expect(generatorPod(objects)).toMatchObject({ automountServiceAccountToken: false })
    expect(objects.filter(({ metadata }) => metadata.name === `${NAMESPACE}-${GENERATOR}`)).toEqual([])
  })

  test('gives the generator exactly the rights that it needs for them, and its own token', async () => {
    const objects = await helm().template(valuesOf(issuing))
    expect(catalogueOf(objects).clusters[0]).toMatchObject({
      credentials: { kubeconfig: '/etc/gatehouse/kubeconfig', clusterRole: 'edit', lifetimeSeconds: 3600 },
    })
    const [role, binding] = rights('nobody', 'edit')
    const name = `${NAMESPACE}-${GENERATOR}`
    expect(find(objects, 'ClusterRole', name)['rules']).toEqual((role as { rules: unknown }).rules)
    expect(find(objects, 'ClusterRoleBinding', name)).toMatchObject({
      roleRef: { ...(binding as { roleRef: object }).roleRef, name },
      subjects: [{ kind: 'ServiceAccount', name: GENERATOR, namespace: NAMESPACE }],
    })
    expect(generatorPod(objects)).toMatchObject({
      automountServiceAccountToken: true,
      serviceAccountName: GENERATOR,
    })
  })

  test('may show certificates of its own to administrators', async () => {
    const cluster = { server: SERVER, certificateAuthorityFile: 'front/ca.crt' }
    const objects = await helm().template(valuesOf({ cluster }))
    const [{ certificateAuthorityFile } = expect.fail('there is no cluster')] = catalogueOf(objects).clusters
    expect(certificateAuthorityFile).toBe('/catalogue/secrets/front/ca.crt')
    expect(mountedIn(objects)).toContain(certificateAuthorityFile)
  })
})

describe('more clusters', () => {
  test('their files are keys of Secrets, and nothing else of those is mounted', async () => {
    const objects = await helm().template(valuesOf({ ...issuing, clusters: [BLUE] }))
    const { clusters } = catalogueOf(objects)
    const files = clusters.flatMap(({ certificateAuthorityFile, oidc, proxy, credentials }) => [
      certificateAuthorityFile,
      oidc!.clientConfig!.certificateAuthorityFile!,
      proxy!.certificateAuthorityFile,
      credentials!.kubeconfig,
    ])
    expect(files).toHaveLength(8)
    const mounted = mountedIn(objects)
    expect(mounted).toEqual(expect.arrayContaining(files))
    expect(mounted.filter((file) => file.startsWith('/catalogue/secrets/')).toSorted()).toEqual([
      '/catalogue/secrets/blue/ca.crt',
      '/catalogue/secrets/blue/kubeconfig',
      '/catalogue/secrets/corporate/ca.pem',
    ])
    for (const { readOnly } of generatorPod(objects).containers[0].volumeMounts) expect(readOnly).toBe(true)
  })

  test('all that is not a file is as it stands in the values', async () => {
    const { clusters } = catalogueOf(await helm().template(valuesOf({ clusters: [BLUE] })))
    expect(clusters[1]).toMatchObject({
      id: '64B7',
      name: 'blue',
      server: BLUE.server,
      oidc: { issuerUrl: BLUE.oidc.issuerUrl, clientConfig: { clientId: 'b', clientSecret: 'hush' } },
      credentials: { clusterRole: 'cluster-admin', lifetimeSeconds: 600 },
    })
  })

  test("their clients' secrets stand in no ConfigMap", async () => {
    const objects = await helm().template(valuesOf({ clusters: [BLUE] }))
    const holders = objects.filter((object) => JSON.stringify(object).includes('hush'))
    expect(holders.map(({ kind }) => kind)).toEqual(['Secret'])
  })
})

test('downloads are recorded in the log of the container', async () => {
  expect(parse(filesOf(await helm().template(valuesOf()))['config.yaml']!)).toMatchObject({
    catalogueFile: '/etc/gatehouse/catalogue.yaml',
    auditFile: '/dev/stdout',
  })
})

test('another role is a new rollout, so that it is in force when helm has waited', async () => {
  const annotationsOf = async (more: object) =>
    find(await helm().template(valuesOf(more)), 'Deployment', GENERATOR).spec.template.metadata.annotations
  const assignments = [{ role: 'Cluster Viewer', users: ['ada@example.org'] }]
  const changed = await annotationsOf({ projects: [{ name: project.name, assignments }] })
  expect(changed).not.toEqual(await annotationsOf({}))
})

test.each([
  [{ projects: [] }, '/kubeconfigGenerator/catalogue/projects'],
  [{ cluster: {} }, '/kubeconfigGenerator/catalogue/cluster/server'],
  [{ cluster: { server: 'http://192.0.2.1' } }, '/kubeconfigGenerator/catalogue/cluster/server'],
  [{ cluster: { server: SERVER, project: 'other' } }, 'the cluster "gatehouse" is in the project "other"'],
  [{ clusters: [{ ...BLUE, project: 'other' }] }, 'the cluster "64B7" is in the project "other"'],
  [
    { clusters: [{ ...BLUE, certificateAuthorityFile: '/etc/ca.crt' }] },
    '/catalogue/clusters/0/certificateAuthorityFile',
  ],
  [
    { clusters: [{ ...BLUE, credentials: { kubeconfig: 'blue/../../etc/gatehouse/kubeconfig' } }] },
    '/catalogue/clusters/0/credentials/kubeconfig',
  ],
  [
    { projects: [{ name: 'default', assignments: [{ role: 'Cluster Admin', groups: ['system:masters'] }] }] },
    '/catalogue/projects/0/assignments/0/groups/0',
  ],
  [
    { cluster: { server: SERVER, credentials: { enabled: true, lifetimeSeconds: 90_000 } } },
    '/catalogue/cluster/credentials/lifetimeSeconds',
  ],
] as const)('%j is refused, with its place', async (more, place) => {
  expect(await helm().refusal(valuesOf(more))).toContain(place)
})

test('a cluster whose name cannot be an ID is refused only where there is a catalogue', async () => {
  const clusterName = 'My cluster'
  await helm().template({ clusterName })
  expect(await helm().refusal({ clusterName, ...valuesOf() })).toContain('/clusterName')
})
