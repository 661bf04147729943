import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { CHART, find, FULLNAME, type KubernetesObject, NAMESPACE } from './helm.ts'
import { useHelm } from './use-helm.ts'

const COMPONENTS = ['apiserver-proxy', 'console', 'dex', 'ingress-gateway', 'kubeconfig-generator']

const helm = useHelm()

/** As much of a configuration file as the tests look at. */
interface Configuration {
  readonly operations?: { readonly port: number }
  readonly timeouts?: object
  readonly limits?: object
}

function configurationOf(objects: readonly KubernetesObject[], name: string): Configuration {
  const holders = objects.filter(({ kind }) => kind === 'ConfigMap' || kind === 'Secret')
  const holder = holders.find(({ metadata }) => metadata.name === `${FULLNAME}-${name}`)!
  return parse((holder['stringData'] ?? holder['data'])['config.yaml']) as Configuration
}

test('helm finds nothing to complain about', async () => {
  expect(await helm().run(['lint', '--strict', CHART])).toMatchObject({ exitCode: 0 })
})

test('everything stands in the namespace of the release, or has its name in its own', async () => {
  const objects = await helm().template()
  const wide = objects.filter(({ metadata }) => metadata.namespace === undefined)
  expect(wide.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
    `ClusterRole ${NAMESPACE}-${FULLNAME}-apiserver-proxy`,
    `ClusterRoleBinding ${NAMESPACE}-${FULLNAME}-apiserver-proxy`,
    `FlowSchema ${NAMESPACE}-${FULLNAME}-apiserver-proxy`,
  ])
  const elsewhere = objects.filter(({ metadata }) => ![undefined, NAMESPACE].includes(metadata.namespace))
  expect(elsewhere).toEqual([])
})

describe('the pod of each component', () => {
  test.each(COMPONENTS)(
    '%s: its probes and ports are its own, and it gets a token only to use it',
    async (name) => {
      const objects = await helm().template()
      const { spec } = find(objects, 'Deployment', name)
      const pod = spec.template.spec
      const [container] = pod.containers
      expect(container.resources.requests).toMatchObject({
        cpu: expect.any(String),
        memory: expect.any(String),
      })
      expect(container.resources.limits).toMatchObject({ memory: expect.any(String) })
      const operations = configurationOf(objects, name).operations?.port ?? 5558
      expect(container.ports).toContainEqual({ name: 'operations', containerPort: operations })
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
        expect(container[probe].httpGet.port).toBe('operations')
      expect(pod.automountServiceAccountToken).toBe(name === 'apiserver-proxy' || name === 'dex')
      expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0)
    },
  )

  test('the proxy has the time that it takes to hand over', async () => {
    const objects = await helm().template({ apiserverProxy: { lameDuckSeconds: 20, drainSeconds: 60 } })
    const { spec } = find(objects, 'Deployment', 'apiserver-proxy')
    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(80)
    expect(configurationOf(objects, 'apiserver-proxy').timeouts).toEqual({
      lameDuckSeconds: 20,
      drainSeconds: 60,
    })
  })

  test('another configuration is a new rollout, another number of replicas is none', async () => {
    const annotation = async (values: object) =>
      find(await helm().template(values), 'Deployment', 'dex').spec.template.metadata.annotations
    const before = await annotation({})
    expect(await annotation({ dex: { replicas: 3 } })).toEqual(before)
    expect(await annotation({ identity: { idTokenLifetime: '1h' } })).not.toEqual(before)
  })
})

describe('rights', () => {
  test('the proxy may impersonate and ask for reviews, and nothing else', async () => {
    const { rules } = find(await helm().template(), 'ClusterRole', 'apiserver-proxy') as KubernetesObject & {
      rules: { verbs: string[]; resources: string[] }[]
    }
    expect(rules.map(({ verbs, resources }) => `${verbs.join()} ${resources.join()}`)).toEqual([
      'impersonate users',
      'impersonate groups',
      'impersonate uids,userextras/authentication.kubernetes.io/credential-id',
      'create subjectaccessreviews',
    ])
  })

  test('it may be held to some people and their groups', async () => {
    const impersonate = { users: ['ada@example.org'], groups: ['engineers'] }
    const { rules } = find(
      await helm().template({ apiserverProxy: { impersonate } }),
      'ClusterRole',
      'apiserver-proxy',
    )
    expect(rules).toContainEqual(
      expect.objectContaining({ resources: ['users'], resourceNames: ['ada@example.org'] }),
    )
    expect(rules).toContainEqual(
      expect.objectContaining({
        resources: ['groups'],
        resourceNames: ['engineers', 'system:authenticated'],
      }),
    )
  })

  test('dex may write Secrets where it is; the generator, the console and the gateway may nothing', async () => {
    const objects = await helm().template()
    const roles = objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
    expect(roles.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
      `ClusterRole ${NAMESPACE}-${FULLNAME}-apiserver-proxy`,
      `Role ${FULLNAME}-dex`,
    ])
  })

  test('password hashes and clients stand in a Secret, not in a ConfigMap', async () => {
    const hash = '$2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W'
    const objects = await helm().template({
      identity: { users: [{ email: 'a@example.org', userID: 'a', hash }] },
    })
    const holders = objects.filter((object) => JSON.stringify(object).includes(hash))
    expect(holders.map(({ kind }) => kind)).toEqual(['Secret'])
  })
})

describe('limits', () => {
  test('are for all replicas together: each has an equal part', async () => {
    const objects = await helm().template({
      apiserverProxy: { replicas: 4, limits: { inFlight: 1000, connections: 3 } },
      kubeconfigGenerator: { replicas: 3 },
    })
    expect(configurationOf(objects, 'apiserver-proxy').limits).toEqual({ inFlight: 250, connections: 1 })
    expect(configurationOf(objects, 'kubeconfig-generator').limits).toEqual({
      filesPerMinute: 40,
      credentialsPerMinute: 3,
      failuresPerMinute: 20,
    })
  })

  test('where the cluster scales, of as many as there may be', async () => {
    const autoscaling = { enabled: true, minReplicas: 2, maxReplicas: 10, targetCPUUtilizationPercentage: 75 }
    const objects = await helm().template({ apiserverProxy: { autoscaling } })
    expect(configurationOf(objects, 'apiserver-proxy').limits).toMatchObject({ inFlight: 400 })
    expect(find(objects, 'Deployment', 'apiserver-proxy').spec).not.toHaveProperty('replicas')
    expect(find(objects, 'HorizontalPodAutoscaler', 'apiserver-proxy').spec).toMatchObject({
      minReplicas: 2,
      maxReplicas: 10,
    })
  })
})

describe('certificates', () => {
  const pem = (secret: KubernetesObject, key: string) => Buffer.from(secret['data'][key], 'base64').toString()

  test('the authority of the release signs one for each listener, and one for each host of the gateway', async () => {
    const objects = await helm().template({
      domain: 'example.org',
      apiserverProxy: { url: 'https://192.0.2.7:9443' },
    })
    const names: Record<string, string | undefined> = {}
    for (const secret of objects.filter(({ type }) => type === 'kubernetes.io/tls')) {
      const certificate = new X509Certificate(pem(secret, 'tls.crt'))
      if (certificate.ca) continue
      expect(certificate.verify(new X509Certificate(pem(secret, 'ca.crt')).publicKey)).toBe(true)
      names[secret.metadata.name] = certificate.subjectAltName
    }
    const service = (name: string) => `DNS:${FULLNAME}-${name}.${NAMESPACE}.svc`
    expect(names).toEqual({
      [`${FULLNAME}-apiserver-proxy-tls`]: `${service('apiserver-proxy')}, DNS:apiserver.example.org, IP Address:192.0.2.7`,
      [`${FULLNAME}-console-tls`]: service('console'),
      [`${FULLNAME}-dex-tls`]: service('dex'),
      [`${FULLNAME}-kubeconfig-generator-tls`]: service('kubeconfig-generator'),
      [`${FULLNAME}-gateway-console-tls`]: 'DNS:console.example.org',
      [`${FULLNAME}-gateway-dex-tls`]: 'DNS:dex.example.org',
      [`${FULLNAME}-gateway-kubeconfig-generator-tls`]: 'DNS:configurations-generator.example.org',
    })
  })

  test('cert-manager makes the same ones', async () => {
    const issuerRef = { name: 'corporate', kind: 'ClusterIssuer' }
    const objects = await helm().template({
      apiserverProxy: { url: 'https://api.example.org' },
      tls: { source: 'certManager', issuerRef },
    })
    const certificates = objects.filter(({ kind }) => kind === 'Certificate')
    expect(certificates).toHaveLength(7)
    for (const { spec } of certificates) expect(spec.issuerRef).toEqual(issuerRef)
    expect(find(objects, 'Certificate', 'apiserver-proxy').spec.dnsNames).toContain('api.example.org')
    expect(objects.filter(({ type }) => type === 'kubernetes.io/tls')).toEqual([])
  })

  test('those of somebody else are mounted by their names', async () => {
    const objects = await helm().template({ tls: { source: 'secrets', secrets: { dex: 'made-elsewhere' } } })
    expect(objects.filter(({ type }) => type === 'kubernetes.io/tls')).toEqual([])
    const mounted = JSON.stringify(find(objects, 'Deployment', 'dex').spec.template.spec.volumes)
    expect(mounted).toContain('made-elsewhere')
  })
})

describe('the gateway’s Service', () => {
  const specOf = async (values: object) =>
    find(await helm().template(values), 'Service', 'ingress-gateway').spec

  test('is within the cluster alone, unless it is asked to be more', async () => {
    expect(await specOf({})).toMatchObject({ type: 'ClusterIP', ports: [{ port: 443 }, { port: 80 }] })
    for (const field of ['loadBalancerClass', 'loadBalancerSourceRanges', 'externalTrafficPolicy'])
      expect(await specOf({ gateway: { service: { type: 'LoadBalancer' } } })).not.toHaveProperty(field)
  })

  test('of a load balancer is where people look for it, for whom it is meant to be', async () => {
    const choices = {
      loadBalancerClass: 'example.org/internal',
      loadBalancerSourceRanges: ['192.0.2.0/24', '2001:db8::/32'],
      externalTrafficPolicy: 'Local',
    }
    const values = { publicPort: 8443, gateway: { service: { type: 'LoadBalancer', ...choices } } }
    expect(await specOf(values)).toMatchObject({ ...choices, ports: [{ port: 8443 }, { port: 80 }] })
    // In front of a NodePort somebody else makes the public port of it.
    const nodePort = { publicPort: 8443, gateway: { service: { type: 'NodePort', nodePort: 30_443 } } }
    expect(await specOf(nodePort)).toMatchObject({ ports: [{ port: 443, nodePort: 30_443 }, { port: 80 }] })
  })
})

test('a ServiceMonitor comes with listeners for it alone', async () => {
  expect((await helm().template()).map(({ kind }) => kind)).not.toContain('ServiceMonitor')
  const objects = await helm().template({ serviceMonitor: { enabled: true, labels: { team: 'a' } } })
  const { spec, metadata } = find(objects, 'ServiceMonitor', FULLNAME)
  expect(metadata.labels).toMatchObject({ team: 'a' })
  const selected = objects.filter(({ kind, metadata: { labels } }) => {
    const wanted = Object.entries(spec.selector.matchLabels)
    return kind === 'Service' && wanted.every(([key, value]) => labels?.[key] === value)
  })
  expect(selected).toHaveLength(COMPONENTS.length)
  for (const service of selected) expect(service['spec']).toMatchObject({ clusterIP: 'None' })
})

test.each([
  [{ domain: 'localhost' }, '/domain'],
  [{ domain: '*.example.org' }, '/domain'],
  [{ publicPort: 99_999 }, '/publicPort'],
  [{ apiserverProxy: { replicas: 0 } }, '/apiserverProxy/replicas'],
  [{ apiserverProxy: { url: 'http://example.org' } }, '/apiserverProxy/url'],
  [{ gateway: { service: { type: 'ExternalName' } } }, '/gateway/service/type'],
  [{ gateway: { service: { loadBalancerClass: 'internal' } } }, '/gateway/service/loadBalancerClass'],
  [
    { gateway: { service: { type: 'NodePort', loadBalancerSourceRanges: ['192.0.2.0/24'] } } },
    '/gateway/service/loadBalancerSourceRanges',
  ],
  [
    { gateway: { service: { type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.1'] } } },
    '/gateway/service/loadBalancerSourceRanges/0',
  ],
  [{ gateway: { service: { externalTrafficPolicy: 'Local' } } }, '/gateway/service/externalTrafficPolicy'],
  [{ tls: { source: 'certManager' } }, '/tls/issuerRef'],
  [
    { identity: { users: [{ email: 'a@example.org', userID: 'a', hash: 'hunter2' }] } },
    '/identity/users/0/hash',
  ],
  [{ permissionController: { enabled: true } }, '/permissionController/bindings'],
  [
    {
      permissionController: { bindings: [{ name: 'a', group: 'system:authenticated', clusterRole: 'view' }] },
    },
    '/permissionController/bindings/0/group',
  ],
  [{ surprise: 1 }, 'surprise'],
] as const)('%j is refused, with its path', async (values, path) => {
  expect(await helm().refusal(values)).toContain(path)
})

test('the proxy exports traces where a collector is named', async () => {
  const configured = (objects: readonly KubernetesObject[]) => configurationOf(objects, 'apiserver-proxy')
  expect(configured(await helm().template())).not.toHaveProperty('tracing')
  const tracing = { endpoint: 'http://collector.observability:4318', samplingRatio: 0.1 }
  expect(configured(await helm().template({ apiserverProxy: { tracing } }))).toHaveProperty(
    'tracing',
    tracing,
  )
})
