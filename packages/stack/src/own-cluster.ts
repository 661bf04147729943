import { toAuthenticationConfiguration } from '@gatehouse/authentication/authentication-configuration'
import { type IssuerSettingsInput, issuerSettingsSchema } from '@gatehouse/authentication/issuer-settings'
import {
  type Cluster,
  type ClusterProvider,
  embeddedProvider,
  type KindProvider,
  kindProvider,
} from '@gatehouse/cluster'
import type { CertificateAuthority } from '@gatehouse/pki'
import type { Addresses } from './addresses.ts'
import type { KindSettings } from './cluster-configuration.ts'
import type { Composition } from './composition.ts'
import {
  applyManifests,
  defaultContent,
  type KubectlOptions,
  PROXY_USER,
  proxyAccess,
  untilAggregated,
  wantedContent,
} from './manifests.ts'
import type { Ports } from './ports.ts'
import { KUBECONFIG_GENERATOR_USER, kubeconfigGeneratorAccess } from './services/kubeconfig-generator.ts'
import { PERMISSION_CONTROLLER_USER, permissionControllerAccess } from './services/permission-controller.ts'
import { applyUserManifests } from './user-manifests.ts'
import { watchPaths } from './watch-paths.ts'

/** What a cluster gives to the services that stand in front of it. */
export interface FilledCluster {
  /** The proxy's own kubeconfig. */
  readonly upstreamKubeconfig: string
  /** The permission-controller's own kubeconfig, where it is to run. */
  readonly controllerKubeconfig: string | undefined
  /** The kubeconfig generator's own kubeconfig, where it may issue credentials. */
  readonly generatorKubeconfig: string | undefined
  /** Resolves when everything that was applied has its effect. */
  readonly untilReady: () => Promise<void>
}

/** A cluster that belongs to the stack. */
export interface OwnCluster {
  readonly provider: ClusterProvider
  /** Makes the network of a cluster in containers; this machine's address in it, undefined for other clusters. */
  readonly containerGateway: () => Promise<string | undefined>
}

/** The kind of cluster that the configuration asks for. */
export function ownCluster(composition: Composition): OwnCluster {
  const { configuration, name, state, supervisor, env, signal, onProgress, retain } = composition
  const { provider, kind } = configuration.cluster
  if (provider !== 'kind') {
    return { provider: embeddedProvider(), containerGateway: () => Promise.resolve(undefined) }
  }
  const own = kindProviderOf(kind, retain)
  return {
    provider: own,
    async containerGateway() {
      const options = { name, directory: state.cluster, supervisor, env, signal }
      const { gateway } = await own.network({ ...options, ...(onProgress ? { onProgress } : {}) })
      return gateway
    },
  }
}

/** The provider `kind` as gatehouse.yaml wants it. */
export function kindProviderOf({ image, portMappings }: KindSettings, retain = false): KindProvider {
  return kindProvider({ retain, portMappings, ...(image === undefined ? {} : { image }) })
}

/** Finds, downloads or builds the cluster's executables. */
export function prepareExecutables(
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

/** Starts the stack's own cluster, which trusts its issuer. */
export function startCluster(
  provider: ClusterProvider,
  { name, configuration, state, supervisor, env, signal, onProgress }: Composition,
  ports: Ports,
  addresses: Addresses,
  issuer: IssuerSettingsInput,
  authority: CertificateAuthority,
): Promise<Cluster> {
  return provider.start({
    name,
    directory: state.cluster,
    apiserver: {
      host: configuration.listenHost,
      port: ports.apiserver,
      extraNames: [addresses.hosts.apiserver, addresses.hosts.cluster],
    },
    authentication: toAuthenticationConfiguration(
      [issuerSettingsSchema.parse({ ...issuer, discoveryURL: addresses.issuerDiscoveryOfCluster })],
      { certificateAuthorityPem: authority.certificatePem },
    ),
    supervisor,
    dependsOn: ['dex'],
    env,
    signal,
    ...(onProgress ? { onProgress } : {}),
  })
}

/** Applies everything that the configuration wants in the stack's own cluster, and follows changes of it. */
export async function fillCluster(
  cluster: Cluster,
  composition: Composition,
  changes: DisposableStack,
): Promise<FilledCluster> {
  const { configuration, state, signal } = composition
  const kubectl: KubectlOptions = {
    kubectl: cluster.kubectl,
    kubeconfig: cluster.adminKubeconfig,
    state,
    signal,
  }
  const { access } = wantedContent(configuration)
  const content = [
    ...proxyAccess(),
    ...kubeconfigGeneratorAccess(),
    ...defaultContent(configuration, cluster.podImage),
    ...(access ? permissionControllerAccess() : []),
  ]
  const [upstreamKubeconfig, controllerKubeconfig, generatorKubeconfig] = await Promise.all([
    cluster.kubeconfigFor({ user: PROXY_USER }),
    access ? cluster.kubeconfigFor({ user: PERMISSION_CONTROLLER_USER }) : undefined,
    cluster.kubeconfigFor({ user: KUBECONFIG_GENERATOR_USER }),
    applyManifests(content, kubectl),
  ])
  const { manifests } = configuration
  if (manifests.length > 0) {
    await applyUserManifests(manifests, kubectl)
    applyOnChange(manifests, kubectl, composition, changes)
  }
  return {
    upstreamKubeconfig,
    controllerKubeconfig,
    generatorKubeconfig,
    untilReady: () => untilAggregated(content, kubectl),
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
