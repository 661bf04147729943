import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { login } from '@gatehouse/authentication/login'
import { type KindCluster, kindProvider } from '@gatehouse/cluster'
import { download } from '@gatehouse/e2e-path-b/download'
import { openTerminal, type Workplace } from '@gatehouse/e2e-path-b/gatehouse'
import { observeAs, type Observer } from '@gatehouse/e2e-path-b/observer'
import type { Site } from '@gatehouse/e2e-path-b/site'
import { currentCluster, readKubeconfig } from '@gatehouse/kubeconfig'
import { accessObjects, people, samples } from '@gatehouse/personas'
import { Supervisor } from '@gatehouse/supervisor'
import { execa } from 'execa'
import getPort from 'get-port'
import { elsewhereIn, elsewhereObjects } from './elsewhere.ts'
import { FULLNAME, type Helm, type KubernetesObject, NAMESPACE, openHelm, RELEASE } from './helm.ts'
import { buildImages, loadIntoCluster } from './images.ts'
import { apply, type Kubectl } from './kubectl.ts'
import { buildMetalLbImage, type LoadBalancer, METALLB_IMAGE, startMetalLb } from './metallb.ts'
import { DOMAIN, NODE_PORTS, type Ports, valuesFor } from './values.ts'

/** A kind cluster with the release in it, as people outside of it see it. */
export interface World extends Site, AsyncDisposable {
  readonly cluster: KindCluster
  readonly helm: Helm
  /** In the namespace of the release. */
  readonly kubectl: Kubectl
  readonly list: (kind: string) => Promise<KubernetesObject[]>
  readonly values: object
  readonly urls: Site['urls'] & { readonly apiserverProxy: string }
  /** Of the gateway's Service. */
  readonly loadBalancer: LoadBalancer
  /** The file of the release's own authority. */
  readonly authorityFile: string
  readonly workplace: Workplace
  readonly observer: Observer
}

export async function openWorld(): Promise<World> {
  await using opened = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'gh-in-cluster-'))
  opened.defer(() => rm(directory, { recursive: true }))
  const supervisor = new Supervisor()
  opened.defer(() => supervisor.stop())
  const ports = await choosePorts()
  const [cluster, images] = await Promise.all([
    startKind(directory, supervisor, ports),
    buildImages(),
    buildMetalLbImage(),
  ])
  opened.defer(async () => void (await execa('docker', ['image', 'rm', METALLB_IMAGE])))
  await loadIntoCluster([...images, METALLB_IMAGE], cluster.kindName)

  const kubeconfig = join(directory, 'administrator.yaml')
  await copyFile(cluster.adminKubeconfig, kubeconfig)
  const kubectl: Kubectl = async (args, input = '') => {
    const env = { HOME: directory, KUBECONFIG: kubeconfig }
    return (await execa(cluster.kubectl, args, { input, env })).stdout
  }
  await kubectl(['config', 'set-context', '--current', '--namespace', NAMESPACE])
  await apply(kubectl, [
    namespace,
    ...accessObjects(),
    ...samples(cluster.podImage),
    ...(await elsewhereObjects(cluster)),
  ])
  const helm = await openHelm(directory, cluster.adminKubeconfig)
  const passwords = new Map(people.map(({ email }) => [email, randomBytes(12).toString('base64url')]))
  const clusters = [elsewhereIn(cluster.server)]
  const values = await valuesFor({ ports, passwords, apiServer: cluster.server, clusters })
  const installing = helm.install(values, '--wait', '--timeout', '240s').catch(async (cause: Error) => {
    const said = await Promise.all([
      kubectl(['get', 'pods', '-o', 'wide']),
      kubectl(['get', 'events', '--sort-by=.lastTimestamp']),
      kubectl(['logs', '--selector', `app.kubernetes.io/instance=${RELEASE}`, '--tail=10', '--prefix']),
    ])
    throw new Error([cause.message, ...said].join('\n'), { cause })
  })
  const [loadBalancer] = await Promise.all([startMetalLb(kubectl, cluster.kindName), installing])

  const encoded = await kubectl(['get', 'secret', `${FULLNAME}-ca`, '-o', 'jsonpath={.data.tls\\.crt}'])
  const authority = Buffer.from(encoded, 'base64').toString()
  const authorityFile = join(directory, 'ca.crt')
  await writeFile(authorityFile, authority)
  const clusterAuthorityFile = join(directory, 'cluster-ca.crt')
  await writeFile(clusterAuthorityFile, cluster.certificateAuthority)
  const url = (host: string) => `https://${host}.${DOMAIN}:${ports.https}`
  const urls = {
    plain: `http://console.${DOMAIN}:${ports.http}`,
    console: url('console'),
    issuer: url('dex'),
    generator: url('configurations-generator'),
    apiserverProxy: `https://127.0.0.1:${ports.apiserverProxy}`,
  }
  const idToken = async (email: string) => {
    const scopes = ['openid', 'email', 'profile', 'groups']
    const client = { issuer: urls.issuer, caPem: authority, clientId: 'kyma-client', scopes }
    const signal = AbortSignal.timeout(20_000)
    const redirectUri = 'http://127.0.0.1/callback'
    const answer = await login({
      ...client,
      redirectUri,
      username: email,
      password: passwords.get(email)!,
      signal,
    })
    return answer.idToken
  }
  const terminals = new Map<string, ReturnType<Workplace['terminalOf']>>()
  const terminalAt = (file: string) => openTerminal(directory, cluster.kubectl, file)
  const openTerminalOf = async (email: string) => {
    const { text } = await download({ urls, authority }, await idToken(email))
    const file = join(directory, `${email}.yml`)
    await writeFile(file, text, { mode: 0o600 })
    return terminalAt(file)
  }
  const workplace: Workplace = {
    directory,
    status: {
      urls: { 'apiserver-proxy': urls.apiserverProxy },
      people,
      cluster: {
        provider: 'in-cluster',
        server: cluster.server,
        certificateAuthorityFile: clusterAuthorityFile,
        kubectl: cluster.kubectl,
        adminKubeconfig: cluster.adminKubeconfig,
        auditLog: cluster.auditLog,
        execUnavailable: undefined,
        issuerTrusted: false,
      },
    },
    // Of all replicas.
    proxyLog: async () =>
      `${await kubectl(['logs', '--selector', componentSelector('apiserver-proxy'), '--tail=-1'])}\n`,
    terminalOf(email) {
      const known = terminals.get(email) ?? openTerminalOf(email)
      terminals.set(email, known)
      return known
    },
  }
  const observer = opened.use(await observeAsAdministrator(cluster))
  const open = opened.move()
  return {
    provider: 'in-cluster',
    directory,
    cluster,
    helm,
    kubectl,
    list: async (kind) =>
      (JSON.parse(await kubectl(['get', kind, '-o', 'json'])) as { items: KubernetesObject[] }).items,
    values,
    urls,
    loadBalancer,
    authority,
    authorityFile,
    passwordOf: async (email) => passwords.get(email)!,
    // By dex's pages.
    idToken,
    terminalAt,
    workplace,
    observer,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

/** The chart is made for namespaces that take nothing less restricted. */
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
}

async function choosePorts(): Promise<Ports> {
  const port = () => getPort({ host: '127.0.0.1' })
  return { https: await port(), http: await port(), apiserverProxy: await port(), apiserver: await port() }
}

async function startKind(directory: string, supervisor: Supervisor, ports: Ports): Promise<KindCluster> {
  const portMappings = (['https', 'http', 'apiserverProxy'] as const).map((name) => ({
    containerPort: NODE_PORTS[name],
    hostPort: ports[name],
  }))
  return kindProvider({ portMappings }).start({
    name: 'in-cluster',
    directory: join(directory, 'cluster'),
    apiserver: { host: '127.0.0.1', port: ports.apiserver },
    supervisor,
    env: process.env,
    signal: AbortSignal.timeout(600_000),
  })
}

async function observeAsAdministrator({ adminKubeconfig }: KindCluster): Promise<Observer> {
  const { server, caPem, clientCertificatePem, clientKeyPem } = await currentCluster(
    await readKubeconfig(adminKubeconfig),
  )
  return observeAs(server, { ca: caPem!, cert: clientCertificatePem!, key: clientKeyPem! })
}

/** Selects the pods of a component. */
export const componentSelector = (component: string) =>
  `app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/component=${component}`
