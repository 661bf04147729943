import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type IssuerSettingsInput,
  issuerSettingsSchema,
  toAuthenticationConfiguration,
} from '@gatehouse/authentication'
import { type Cluster, type ClusterProvider, embeddedProvider } from '@gatehouse/cluster'
import { type CertificateAuthority, openCertificateAuthority } from '@gatehouse/pki'
import type { Supervisor } from '@gatehouse/supervisor'
import { type Addresses, addressesOf } from './addresses.ts'
import type { Configuration } from './configuration.ts'
import { serveControl } from './control.ts'
import { applyManifests, defaultContent, PROXY_USER, proxyAccess, untilAggregated } from './manifests.ts'
import { preparePeople } from './people.ts'
import { choosePorts, type Ports } from './ports.ts'
import { apiserverProxyService } from './services/apiserver-proxy.ts'
import { CLIENT_ID, dexService } from './services/dex.ts'
import { kubeconfigGeneratorService } from './services/kubeconfig-generator.ts'
import { prepareService, type Service } from './services/service.ts'
import {
  createStateDirectory,
  type StateDirectory,
  stateDirectory,
  writePrivateFile,
} from './state-directory.ts'
import type { StackFile, StackPhase, StackStatus } from './status.ts'

export interface StackOptions {
  readonly name: string
  readonly configuration: Configuration
  /** The directory of all stacks; see `stateRoot`. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** The supervisor is the caller's to listen to, for crashes and for showing progress. */
  readonly supervisor: Supervisor
  readonly onProgress?: (progress: StackProgress) => void
}

/** One step of a start, for people; `fraction`, from 0 to 1, where it can be known. */
export interface StackProgress {
  readonly message: string
  readonly fraction?: number
}

/** A stack that this process owns. */
export interface Stack extends AsyncDisposable {
  readonly status: () => StackStatus
  /** Resolves when the stack has ended, whoever asked for it. */
  readonly ended: Promise<void>
  /** Ends everything in order; resolves when nothing is left. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a whole stack and resolves when everything is healthy: dex and the cluster at once, then the
 * services that need them. On failure everything that was started has ended when it rejects.
 *
 * @throws StackError, SupervisorError, ClusterError, BinariesError
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { name, configuration, supervisor, env } = options
  const startedAt = Date.now()
  const state = stateDirectory(options.root, name)
  const aborter = new AbortController()
  const signal = AbortSignal.any([options.signal, aborter.signal])
  const ended = Promise.withResolvers<void>()
  let phase: StackPhase = 'starting'
  let healthyAfterSeconds: number | undefined
  let addresses: Addresses | undefined
  let cluster: Cluster | undefined

  await createStateDirectory(state)
  const status = (): StackStatus => ({
    name,
    phase,
    pid: process.pid,
    startedAt,
    healthyAfterSeconds,
    issuer: addresses?.issuer ?? '',
    urls: addresses
      ? {
          dex: addresses.issuer,
          'apiserver-proxy': addresses.apiserverProxy,
          'kubeconfig-generator': addresses.kubeconfigGenerator,
        }
      : {},
    certificateAuthorityFile: join(state.pki, 'ca.crt'),
    cluster: cluster && {
      provider: configuration.cluster.provider,
      server: cluster.server,
      kubectl: cluster.kubectl,
      auditLog: cluster.auditLog,
      execUnavailable: cluster.exec.available ? undefined : cluster.exec.reason,
    },
    people: configuration.identity.users.map(({ email, groups }) => ({ email, groups })),
    processes: supervisor.states(),
  })
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= (async () => {
      phase = 'stopping'
      aborter.abort(new DOMException('the stack is being ended', 'AbortError'))
      await starting.catch(() => undefined)
      await supervisor.stop()
      await cluster?.[Symbol.asyncDispose]()
      await rm(state.stackFile, { force: true })
    })()
    return stopping
  }
  const control = await serveControl(state.controlSocket, {
    status,
    stop: () => {
      const stopped = stop()
      void stopped.then(ended.resolve, ended.reject)
      return stopped
    },
  })

  const starting = (async () => {
    const provider = embeddedProvider()
    await provider.prepare({
      env,
      signal,
      onProgress: ({ binary, fraction, phase, message }) => {
        if (phase !== 'done')
          options.onProgress?.({
            message: `${binary}: ${message}`,
            ...(fraction === undefined ? {} : { fraction }),
          })
      },
    })
    const [ports, authority, people] = await Promise.all([
      choosePorts(state, configuration.ports),
      openCertificateAuthority(state.pki, { commonName: `Gatehouse local CA (${name})` }),
      preparePeople(configuration, state),
    ])
    addresses = addressesOf({ name, domain: configuration.domain, ports })
    const certificates = await issueCertificates(authority, addresses, state)
    const issuer: IssuerSettingsInput = {
      url: addresses.issuer,
      discoveryURL: addresses.issuerDiscovery,
      certificateAuthorityFile: authority.certificateFile,
      audiences: [CLIENT_ID],
    }
    const start = async (services: readonly Service[]) => {
      const compileCache = join(state.data, 'compile-cache')
      await supervisor.start(
        await Promise.all(services.map((service) => prepareService(service, state, compileCache))),
        signal,
      )
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
        certificateAuthorityFile: authority.certificateFile,
        issuer,
      }),
    ])
    const clusterReady = startCluster(
      provider,
      { ...options, signal },
      state,
      ports,
      addresses,
      issuer,
      authority,
    )
    // Both are awaited even if one fails, so that nothing is started behind the back of `stop`.
    const outcomes = await Promise.allSettled([identityReady, clusterReady])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    cluster = await clusterReady
    const upstreamKubeconfig = await cluster.kubeconfigFor({ user: PROXY_USER })
    const content = [...proxyAccess(), ...defaultContent(configuration)]
    const kubectl = { kubectl: cluster.kubectl, kubeconfig: cluster.adminKubeconfig, state, signal }
    await applyManifests(content, kubectl)
    await Promise.all([
      untilAggregated(content, kubectl),
      start([
        apiserverProxyService({
          ports,
          certificate: certificates.apiserverProxy,
          issuer,
          upstreamKubeconfig,
        }),
      ]),
    ])
    const stackFile: StackFile = {
      pid: process.pid,
      issuer: addresses.issuer,
      issuerDiscovery: addresses.issuerDiscovery,
      kubeconfigGenerator: addresses.kubeconfigGenerator,
      certificateAuthorityFile: authority.certificateFile,
    }
    await writePrivateFile(state.stackFile, JSON.stringify(stackFile))
    healthyAfterSeconds = (Date.now() - startedAt) / 1000
    phase = 'running'
  })()
  try {
    await starting
  } catch (error) {
    await stop()
    await control[Symbol.asyncDispose]()
    throw error
  }
  const end = async () => {
    await stop()
    await control[Symbol.asyncDispose]()
    ended.resolve()
  }
  return { status, ended: ended.promise, stop: end, [Symbol.asyncDispose]: end }
}

async function issueCertificates(
  authority: CertificateAuthority,
  { hosts }: Addresses,
  state: StateDirectory,
) {
  const issue = (name: string, host: string) =>
    authority.issueServerCertificate({
      directory: state.pki,
      name,
      dnsNames: [host, 'localhost'],
      ipAddresses: ['127.0.0.1', '::1'],
    })
  return {
    dex: await issue('dex', hosts.dex),
    apiserverProxy: await issue('apiserver-proxy', hosts.apiserver),
    kubeconfigGenerator: await issue('kubeconfig-generator', hosts.kubeconfigGenerator),
  }
}

function startCluster(
  provider: ClusterProvider,
  options: StackOptions,
  state: StateDirectory,
  ports: Ports,
  addresses: Addresses,
  issuer: IssuerSettingsInput,
  authority: CertificateAuthority,
): Promise<Cluster> {
  return provider.start({
    name: options.name,
    directory: state.cluster,
    apiserver: { host: '127.0.0.1', port: ports.apiserver, extraNames: [addresses.hosts.apiserver] },
    authentication: toAuthenticationConfiguration([issuerSettingsSchema.parse(issuer)], {
      certificateAuthorityPem: authority.certificatePem,
    }),
    supervisor: options.supervisor,
    dependsOn: ['dex'],
    env: options.env,
    signal: options.signal,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  })
}
