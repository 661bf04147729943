import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from '@gatehouse/cluster'
import { releasePorts } from '@gatehouse/cluster/port-claims'
import { writePrivateFile } from '@gatehouse/private-files'
import type { Addresses } from './addresses.ts'
import { compose } from './compose.ts'
import { endLeftovers, recordProcesses } from './leftovers.ts'
import { serveControl } from './control.ts'
import type { StackOptions } from './stack-options.ts'
import { createStateDirectory, removeData, stateDirectory } from './state-directory.ts'
import type { StackFile } from './stack-file.ts'
import type { StackPhase, StackStatus } from './status.ts'

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
  const { name, configuration, supervisor } = options
  const startedAt = Date.now()
  const state = stateDirectory(options.root, name)
  const aborter = new AbortController()
  const signal = AbortSignal.any([options.signal, aborter.signal])
  const ended = Promise.withResolvers<void>()
  let phase: StackPhase = 'starting'
  let healthyAfterSeconds: number | undefined
  let addresses: Addresses | undefined
  let cluster: Cluster | undefined
  let changes: Disposable | undefined

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
          console: addresses.console,
          dex: addresses.issuer,
          'kubeconfig-generator': addresses.kubeconfigGenerator,
          'apiserver-proxy': addresses.apiserverProxy,
          ...(configuration.identity.testPowers ? { 'dex-test-powers': addresses.dexTestPowers } : {}),
        }
      : {},
    certificateAuthorityFile: join(state.pki, 'ca.crt'),
    cluster: cluster && {
      provider: configuration.cluster.provider,
      server: cluster.server,
      certificateAuthorityFile: state.clusterCertificateAuthorityFile,
      kubectl: cluster.kubectl,
      adminKubeconfig: cluster.adminKubeconfig,
      auditLog: cluster.auditLog,
      execUnavailable: cluster.exec.available ? undefined : cluster.exec.reason,
      podImage: cluster.podImage,
      issuerTrusted: cluster.issuerTrusted ?? true,
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
      changes?.[Symbol.dispose]()
      await supervisor.stop()
      await cluster?.[Symbol.asyncDispose]()
      releasePorts(state.root)
      await rm(state.stackFile, { force: true })
      await rm(state.processesFile, { force: true })
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
    for (const process of await endLeftovers(state.processesFile)) {
      options.onNotice?.(`ended ${process}, which a killed start had left behind`)
    }
    recordProcesses(supervisor, state.processesFile)
    if (options.fresh) await removeData(state)
    const composed = await compose({
      ...options,
      signal,
      state,
      onAddresses: (chosen) => (addresses = chosen),
      onCluster: (opened) => (cluster = opened),
    })
    changes = composed.changes
    const stackFile: StackFile = {
      pid: process.pid,
      issuer: composed.addresses.issuer,
      kubeconfigGenerator: composed.addresses.kubeconfigGenerator,
      certificateAuthorityFile: join(state.pki, 'ca.crt'),
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
