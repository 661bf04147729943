import type { IssuerSettingsInput } from '@gatehouse/authentication/issuer-settings'
import type { Cluster } from '@gatehouse/cluster'
import { openCertificateAuthority } from '@gatehouse/pki'
import type { Supervisor } from '@gatehouse/supervisor'
import { type Addresses, addressesOf } from './addresses.ts'
import { tunnelsOf, writeCatalogue } from './catalogue.ts'
import { issueCertificates, permittedNames } from './certificates.ts'
import { CLIENT_ID } from './clients.ts'
import type { Composition } from './composition.ts'
import { applyOnChange } from './existing/apply-on-change.ts'
import { openIfExisting } from './existing/open.ts'
import { fillCluster, ownCluster, prepareExecutables, startCluster } from './own-cluster.ts'
import { preparePeople } from './people.ts'
import { choosePorts } from './ports.ts'
import { prepareRevocations } from './revocations.ts'
import { apiserverProxyService } from './services/apiserver-proxy.ts'
import { consoleService } from './services/console.ts'
import { dexService } from './services/dex.ts'
import { ingressGatewayService } from './services/ingress-gateway.ts'
import { kubeconfigGeneratorService } from './services/kubeconfig-generator.ts'
import { permissionControllerService } from './services/permission-controller.ts'
import { commandByHand, prepareCompiledCode, prepareService, type Service } from './services/service.ts'
import { sourceFolders } from './sources.ts'
import { watchPaths } from './watch-paths.ts'
import { authorityNameOf } from './trust-anchor.ts'

export interface Composed {
  readonly addresses: Addresses
  readonly cluster: Cluster
  /** Follows changes of sources and manifests until it is disposed. */
  readonly changes: Disposable
}

/**
 * The recipe of a stack; resolves when everything is healthy. Executables, then addresses, certificates and
 * passwords; dex, what needs no cluster, and the cluster at once; then rights, and what needs the cluster.
 */
export async function compose(composition: Composition): Promise<Composed> {
  const { name, configuration, supervisor, signal, state } = composition
  const { listenHost } = configuration
  const own = ownCluster(composition)
  // First of all, since it may be refused: then nothing was started.
  const existing = await openIfExisting(composition)
  if (!existing) await prepareExecutables(own.provider, composition)
  const containerGateway = existing ? undefined : await own.containerGateway()
  const [ports, authority, people, compiledCode] = await Promise.all([
    choosePorts(state, configuration.ports),
    openCertificateAuthority(state.pki, {
      commonName: authorityNameOf(name),
      permitted: permittedNames(configuration.domain, containerGateway),
    }),
    preparePeople(configuration, state),
    prepareCompiledCode(composition.env),
    prepareRevocations(state),
  ])
  const addresses = addressesOf({ name, domain: configuration.domain, ports, containerGateway })
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
      services.map((service) => prepareService(service, composition, compiledCode)),
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
    consoleService({ addresses, ports, certificate: certificates.console }),
    ingressGatewayService({
      stack: name,
      addresses,
      ports,
      listenHost,
      certificates,
      certificateAuthorityFile,
      tunnels: tunnelsOf(configuration.catalogue, existing ? undefined : { addresses, ports }),
    }),
  ])
  const clusterReady = existing
    ? Promise.resolve(existing.cluster)
    : startCluster(own.provider, composition, ports, addresses, issuer, authority)
  // Both are awaited even if one fails, so that nothing is started behind the back of a stop.
  const outcomes = await Promise.allSettled([identityReady, clusterReady])
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  const cluster = await clusterReady

  composition.onCluster(cluster)
  const filled = existing ?? (await fillCluster(cluster, composition, changes))
  if (existing && configuration.manifests.length > 0) changes.use(applyOnChange(existing, composition))
  const { upstreamKubeconfig, controllerKubeconfig } = filled
  await writeCatalogue({ composition, addresses, ports, cluster, filled, certificateAuthorityFile })
  await Promise.all([
    filled.untilReady(),
    start([
      apiserverProxyService({
        addresses,
        ports,
        listenHost,
        certificate: certificates.apiserverProxy,
        issuer,
        upstreamKubeconfig,
        revocationsFile: state.revocationsFile,
        // On somebody else's cluster the proxy is nobody but its people.
        actsAsAnyone: existing === undefined,
        tracing: configuration.tracing,
      }),
      kubeconfigGeneratorService({
        addresses,
        ports,
        state,
        certificate: certificates.kubeconfigGenerator,
        certificateAuthorityFile,
        issuer,
        pluginCommand: composition.command,
      }),
      ...(controllerKubeconfig
        ? [permissionControllerService({ ports, kubeconfig: controllerKubeconfig })]
        : []),
    ]),
  ])
  return { addresses, cluster, changes }
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
