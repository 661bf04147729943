import {
  type IssuerSettingsInput,
  issuerSettingsSchema,
  toAuthenticationConfiguration,
} from '@gatehouse/authentication'
import { type Cluster, type ClusterProvider, embeddedProvider } from '@gatehouse/cluster'
import { type CertificateAuthority, openCertificateAuthority } from '@gatehouse/pki'
import type { Supervisor } from '@gatehouse/supervisor'
import { type Addresses, addressesOf } from './addresses.ts'
import { issueCertificates } from './certificates.ts'
import {
  applyManifests,
  defaultContent,
  type KubectlOptions,
  PROXY_USER,
  proxyAccess,
  untilAggregated,
} from './manifests.ts'
import { preparePeople } from './people.ts'
import { choosePorts, type Ports } from './ports.ts'
import { apiserverProxyService } from './services/apiserver-proxy.ts'
import { CLIENT_ID, dexService } from './services/dex.ts'
import { ingressGatewayService } from './services/ingress-gateway.ts'
import { kubeconfigGeneratorService } from './services/kubeconfig-generator.ts'
import {
  PERMISSION_CONTROLLER_USER,
  permissionControllerAccess,
  permissionControllerService,
} from './services/permission-controller.ts'
import { commandByHand, prepareService, type Service } from './services/service.ts'
import { sourceFolders } from './sources.ts'
import type { StackOptions } from './stack.ts'
import type { StateDirectory } from './state-directory.ts'
import { applyUserManifests } from './user-manifests.ts'
import { watchPaths } from './watch-paths.ts'

export interface Composition extends StackOptions {
  readonly state: StateDirectory
  /** Called as soon as the addresses are chosen. */
  readonly onAddresses: (addresses: Addresses) => void
}

export interface Composed {
  readonly addresses: Addresses
  readonly cluster: Cluster
  /** Follows changes of sources and manifests until it is disposed. */
  readonly changes: Disposable
}

/**
 * The recipe of a stack; resolves when everything is healthy. Executables, then addresses, certificates and
 * passwords; dex, what needs dex alone, and the cluster at once; then rights, and what needs the cluster.
 */
export async function compose(composition: Composition): Promise<Composed> {
  const { name, configuration, supervisor, signal, state } = composition
  const provider = embeddedProvider()
  await prepareExecutables(provider, composition)
  const [ports, authority, people] = await Promise.all([
    choosePorts(state, configuration.ports),
    openCertificateAuthority(state.pki, { commonName: `Gatehouse local CA (${name})` }),
    preparePeople(configuration, state),
  ])
  const addresses = addressesOf({ name, domain: configuration.domain, ports })
  composition.onAddresses(addresses)
  const certificates = await issueCertificates(authority, addresses, state)
  const certificateAuthorityFile = authority.certificateFile
  const issuer: IssuerSettingsInput = {
    url: addresses.issuer,
    discoveryURL: addresses.issuerDiscovery,
    certificateAuthorityFile,
    audiences: [CLIENT_ID],
  }
  const changes = new DisposableStack()
  const start = async (services: readonly Service[]) => {
    const specs = await Promise.all(
      services.map((service) => prepareService(service, state, composition.without ?? [])),
    )
    for (const { name: service } of services) {
      if (!composition.without?.includes(service)) continue
      composition.onNotice?.(`${service} is yours to run: ${commandByHand(service, state)}`)
    }
    await supervisor.start(specs, signal)
    if (composition.watch) await restartOnChange(services, supervisor, changes, composition.onNotice)
  }

  const identityReady = start([
    dexService({
      addresses,
      ports,
      state,
      certificate: certificates.dex,
      people,
      identity: configuration.identity,
    }),
    kubeconfigGeneratorService({
      stack: name,
      addresses,
      ports,
      certificate: certificates.kubeconfigGenerator,
      certificateAuthorityFile,
      issuer,
    }),
    ingressGatewayService({ stack: name, addresses, ports, certificates, certificateAuthorityFile }),
  ])
  const clusterReady = startCluster(provider, composition, ports, addresses, issuer, authority)
  // Both are awaited even if one fails, so that nothing is started behind the back of a stop.
  const outcomes = await Promise.allSettled([identityReady, clusterReady])
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  const cluster = await clusterReady

  const kubectl: KubectlOptions = {
    kubectl: cluster.kubectl,
    kubeconfig: cluster.adminKubeconfig,
    state,
    signal,
  }
  const { access } = configuration.content
  const content = [
    ...proxyAccess(),
    ...defaultContent(configuration),
    ...(access ? permissionControllerAccess() : []),
  ]
  const [upstreamKubeconfig, controllerKubeconfig] = await Promise.all([
    cluster.kubeconfigFor({ user: PROXY_USER }),
    cluster.kubeconfigFor({ user: PERMISSION_CONTROLLER_USER }),
    applyManifests(content, kubectl),
  ])
  const { manifests } = configuration
  if (manifests.length > 0) {
    await applyUserManifests(manifests, kubectl)
    applyOnChange(manifests, kubectl, composition, changes)
  }
  await Promise.all([
    untilAggregated(content, kubectl),
    start([
      apiserverProxyService({ ports, certificate: certificates.apiserverProxy, issuer, upstreamKubeconfig }),
      ...(access ? [permissionControllerService({ ports, kubeconfig: controllerKubeconfig })] : []),
    ]),
  ])
  return { addresses, cluster, changes }
}

function prepareExecutables(
  provider: ClusterProvider,
  { env, signal, onProgress }: Composition,
): Promise<void> {
  return provider.prepare({
    env,
    signal,
    onProgress({ binary, fraction, phase, message }) {
      if (phase === 'done') return
      onProgress?.({ message: `${binary}: ${message}`, ...(fraction === undefined ? {} : { fraction }) })
    },
  })
}

/** Restarts each service when its source, or that of a package it depends on, changes. */
async function restartOnChange(
  services: readonly Service[],
  supervisor: Supervisor,
  changes: DisposableStack,
  onNotice: Composition['onNotice'],
): Promise<void> {
  for (const { name, main } of services) {
    const restart = () => {
      // The supervisor goes on trying; the next save may mend it.
      supervisor
        .restart(name, AbortSignal.timeout(60_000))
        .catch((error: Error) => onNotice?.(`${name} was not restarted: ${error.message}`))
    }
    changes.use(watchPaths(await sourceFolders(main), restart))
  }
}

/** Applies the user's objects again when one of their files changes, and says how that went. */
function applyOnChange(
  paths: readonly string[],
  kubectl: KubectlOptions,
  { onNotice, signal }: Composition,
  changes: DisposableStack,
): void {
  const apply = async () => {
    try {
      const count = await applyUserManifests(paths, kubectl)
      onNotice?.(`applied ${count} objects from ${paths.join(', ')}`)
    } catch (error) {
      if (!signal.aborted) onNotice?.((error as Error).message)
    }
  }
  changes.use(watchPaths(paths, () => void apply()))
}

function startCluster(
  provider: ClusterProvider,
  { name, state, supervisor, env, signal, onProgress }: Composition,
  ports: Ports,
  addresses: Addresses,
  issuer: IssuerSettingsInput,
  authority: CertificateAuthority,
): Promise<Cluster> {
  return provider.start({
    name,
    directory: state.cluster,
    apiserver: { host: '127.0.0.1', port: ports.apiserver, extraNames: [addresses.hosts.apiserver] },
    authentication: toAuthenticationConfiguration([issuerSettingsSchema.parse(issuer)], {
      certificateAuthorityPem: authority.certificatePem,
    }),
    supervisor,
    dependsOn: ['dex'],
    env,
    signal,
    ...(onProgress ? { onProgress } : {}),
  })
}
