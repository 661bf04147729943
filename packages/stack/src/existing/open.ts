import { type ExistingCluster, existingProvider, nameOf } from '@gatehouse/cluster'
import type { ClusterConfiguration } from '../cluster-configuration.ts'
import type { Composition } from '../composition.ts'
import { type FilledCluster, prepareExecutables } from '../own-cluster.ts'
import { StackError } from '../errors.ts'
import { refusalOf } from './consent.ts'
import { impersonatedBy, proxyAccount } from './proxy-objects.ts'
import { remember } from './remembered.ts'
import { wantedObjects } from './wanted-objects.ts'

/** A cluster that was there already; its proxy's kubeconfig is written anew while the stack runs. */
export interface OpenedCluster extends FilledCluster {
  readonly cluster: ExistingCluster
  /** It would write to every namespace, again and again, and so does not run on somebody else's cluster. */
  readonly controllerKubeconfig: undefined
  /** To issue credentials means to be able to become anybody: nobody asked for that on somebody else's cluster. */
  readonly generatorKubeconfig: undefined
}

type ExistingSettings = ClusterConfiguration & { readonly kubeconfig: string }

/** The existing cluster that the configuration names, or undefined where the stack has its own. */
export async function openIfExisting(composition: Composition): Promise<OpenedCluster | undefined> {
  const { cluster } = composition.configuration
  if (cluster.provider !== 'existing' || cluster.kubeconfig === undefined) return undefined
  return openExisting({ ...cluster, kubeconfig: cluster.kubeconfig }, composition)
}

/**
 * Opens the cluster and makes sure that the proxy has its identity there. Nothing is written unless
 * `composition.write` allows it; what is to be written and which rights are missing is told first.
 *
 * @throws StackError `ERR_CLUSTER_ACCESS`, with nothing written; ClusterError
 */
async function openExisting(settings: ExistingSettings, composition: Composition): Promise<OpenedCluster> {
  const { configuration, state, name, signal, onNotice } = composition
  const wanted = await wantedObjects(configuration, name)
  const account = proxyAccount(configuration, name)
  const cluster = await startExisting(settings, composition)
  composition.onCluster(cluster)
  const plan = await cluster.plan(wanted, account, signal)
  const invocation = { stack: name, kubeconfig: settings.kubeconfig, mayWrite: composition.write ?? false }
  const refusal = refusalOf(cluster, plan, impersonatedBy(configuration), invocation)
  if (refusal !== undefined) throw new StackError('ERR_CLUSTER_ACCESS', refusal)

  const { context, server } = cluster
  const { id } = await remember(state, name, { kubeconfig: settings.kubeconfig, context, server })
  for (const { action, object } of plan.writes) onNotice?.(`${context}: ${action} ${nameOf(object)}`)
  await cluster.write(plan, id, signal)
  return {
    cluster,
    controllerKubeconfig: undefined,
    generatorKubeconfig: undefined,
    untilReady: () => Promise.resolve(),
    upstreamKubeconfig: await cluster.serviceAccountKubeconfig(account, {
      signal,
      onProblem: (problem) => onNotice?.(describeRenewal(problem)),
    }),
  }
}

async function startExisting(
  { kubeconfig, context, auditLog }: ExistingSettings,
  composition: Composition,
): Promise<ExistingCluster> {
  const { name, state, supervisor, env, signal } = composition
  const provider = existingProvider({
    kubeconfig,
    ...(context === undefined ? {} : { context }),
    ...(auditLog === undefined ? {} : { auditLog }),
  })
  await prepareExecutables(provider, composition)
  return provider.start({
    name,
    directory: state.cluster,
    apiserver: { host: '127.0.0.1', port: 0 },
    supervisor,
    env,
    signal,
  })
}

function describeRenewal(problem: Error | undefined): string {
  if (problem === undefined) return "the proxy's token for the cluster was renewed"
  return `the proxy's token for the cluster could not be renewed, and is tried again: ${problem.message}`
}
