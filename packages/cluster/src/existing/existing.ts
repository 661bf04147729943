import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveBinaries } from '@gatehouse/binaries'
import { writeKubeconfig } from '@gatehouse/kubeconfig'
import type { Cluster, ClusterOptions, ClusterProvider, PrepareOptions } from '../provider.ts'
import { connect, type Connected } from './connect.ts'
import { writeImpersonatingKubeconfig, writeTokenKubeconfig } from './credentials.ts'
import { keepRenewed, renewalDue } from './keep-renewed.ts'
import { Kubectl } from './kubectl.ts'
import { type KubeconfigSource, readSource } from './kubeconfig-source.ts'
import type { ClusterObject } from './objects.ts'
import { planWrites, type WritePlan } from './plan.ts'
import { type Removal, removeObjects } from './remove.ts'
import { requestToken, rightToRequestToken, type ServiceAccountName } from './service-account-token.ts'
import { writeObjects } from './write.ts'

export interface ExistingOptions {
  /** Absolute path of a kubeconfig that kubectl understands. */
  readonly kubeconfig: string
  /** The kubeconfig's current context when absent. */
  readonly context?: string
  /** Path of the API server's audit log, where this machine can read it. */
  readonly auditLog?: string
  /** When a token is to be renewed, in milliseconds since the epoch; after two thirds of its life when absent. */
  readonly renewalDue?: typeof renewalDue
}

/** A cluster that somebody else runs. Nothing is written to it but by `write` and `remove`. */
export interface ExistingCluster extends Cluster, Connected {
  readonly issuerTrusted: false
  readonly context: string
  /** What writing `objects` and then requesting tokens for `account` takes; only reads. */
  readonly plan: (
    objects: readonly ClusterObject[],
    account: ServiceAccountName | undefined,
    signal: AbortSignal,
  ) => Promise<WritePlan>
  /** Carries out a plan. Created objects carry `createdBy`. */
  readonly write: (plan: WritePlan, createdBy: string, signal: AbortSignal) => Promise<void>
  /** Removes what was created under this name, and nothing else. */
  readonly remove: (createdBy: string, signal: AbortSignal) => Promise<Removal>
  /**
   * Path of a kubeconfig (0600) with a short-lived token for a ServiceAccount; it is written anew before the token
   * expires, until the cluster is disposed. `onProblem` hears of renewals that fail, and undefined when one
   * succeeds again.
   */
  readonly serviceAccountKubeconfig: (
    account: ServiceAccountName,
    options: { signal: AbortSignal; onProblem: (error: Error | undefined) => void },
  ) => Promise<string>
}

export interface ExistingProvider extends ClusterProvider {
  readonly start: (options: ClusterOptions) => Promise<ExistingCluster>
}

const TOKEN_LIFETIME_SECONDS = 3_600

/** A cluster that is there already, by a kubeconfig. Starting it only reads; stopping it leaves it alone. */
export function existingProvider(options: ExistingOptions): ExistingProvider {
  const kubectlPath = async ({ env, signal, onProgress }: PrepareOptions): Promise<string> => {
    const { kubectl } = await resolveBinaries(['kubectl'], {
      env,
      signal,
      ...(onProgress ? { onProgress } : {}),
    })
    return kubectl.path
  }
  return {
    name: 'existing',
    prepare: async (prepareOptions) => {
      await readSource(options.kubeconfig, options.context)
      await kubectlPath(prepareOptions)
    },
    start: async (clusterOptions) => {
      const { env, signal } = clusterOptions
      const source = await readSource(options.kubeconfig, options.context)
      return openExisting(options, clusterOptions, source, await kubectlPath({ env, signal }))
    },
  }
}

async function openExisting(
  options: ExistingOptions,
  { name, directory: parent, env, signal: starting }: ClusterOptions,
  source: KubeconfigSource,
  command: string,
): Promise<ExistingCluster> {
  const directory = join(parent, 'existing')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const kubectl = new Kubectl({
    command,
    kubeconfig: options.kubeconfig,
    context: source.context,
    cacheDirectory: join(directory, 'kubectl-cache'),
    env,
  })
  const connected = await connect(kubectl, starting)
  const adminKubeconfig = join(directory, 'admin.kubeconfig.yaml')
  await writeKubeconfig(adminKubeconfig, source.document)
  const resources = new AsyncDisposableStack()
  // Credentials of others don't stay longer than they are used.
  resources.defer(() => rm(directory, { recursive: true, force: true }))

  return {
    ...connected,
    context: source.context,
    server: source.server,
    certificateAuthority: source.certificateAuthority,
    adminKubeconfig,
    auditLog: options.auditLog,
    kubectl: command,
    exec: { available: true },
    issuerTrusted: false,
    kubeconfigFor: (identity) => writeImpersonatingKubeconfig(directory, identity, source),
    plan: (objects, account, signal) =>
      planWrites(objects, account ? [rightToRequestToken(account)] : [], { kubectl, signal }),
    write: (plan, createdBy, signal) => writeObjects(plan.writes, { kubectl, createdBy, signal }),
    remove: (createdBy, signal) => removeObjects({ kubectl, createdBy, signal }),
    serviceAccountKubeconfig: async (account, { signal: first, onProblem }) => {
      const file = join(directory, `${account.namespace}-${account.name}.kubeconfig.yaml`)
      const renew = async (signal: AbortSignal) => {
        const token = await requestToken(account, TOKEN_LIFETIME_SECONDS, { kubectl, signal })
        await writeTokenKubeconfig(file, name, account, token, source)
        return (options.renewalDue ?? renewalDue)(token, Date.now())
      }
      resources.use(keepRenewed({ dueAt: await renew(first), renew, onProblem }))
      return file
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
