import {
  CoreV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
  type V1Namespace,
  type V1RoleBinding,
} from '@kubernetes/client-node'
import {
  ConfigurationError,
  createRegistry,
  type Logger,
  type RunningService,
  startOperations,
} from '@gatehouse/server'
import { classify, messageOf } from './api-error.ts'
import type { ControllerConfig } from './config.ts'
import { MANAGED_BY, MANAGED_BY_LABEL } from './desired.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { WorkQueue } from './queue.ts'
import { reconcile, type ReconcileContext } from './reconcile.ts'
import { Watched } from './watched.ts'

/**
 * Starts the controller. It is alive at once, and ready when it knows all namespaces and all of its bindings.
 *
 * @throws ConfigurationError when the kubeconfig can't be used
 * @throws ServerError `ERR_LISTEN`
 */
export async function startPermissionController(
  config: ControllerConfig,
  { logger }: { logger: Logger },
): Promise<RunningService> {
  const kubeconfig = loadKubeconfig(config.kubeconfig)
  const core = kubeconfig.makeApiClient(CoreV1Api)
  const rbac = kubeconfig.makeApiClient(RbacAuthorizationV1Api)
  const registry = createRegistry()
  const metrics = createMetrics(registry)
  const pauses = { retryMs: config.retrySeconds * 1000, retryMaxMs: config.retryMaxSeconds * 1000 }

  const context: ReconcileContext = {
    config,
    rbac,
    known: {
      namespace: (name) => namespaces.get(name),
      roleBindings: (namespace) => roleBindings.list(namespace),
    },
    onWritten(verb, namespace, name) {
      metrics.writes.inc({ verb })
      logger.info({ verb, namespace, name }, 'wrote a RoleBinding')
    },
  }
  const queue = new WorkQueue({
    ...pauses,
    work: (namespace) => measured(metrics, () => reconcile(context, namespace)),
    onFailure(namespace, error, attempt, retryMs) {
      metrics.errors.inc({ failure: classify(error) })
      const reason = messageOf(error)
      logger.warn(
        { namespace, attempt, retryMs, failure: classify(error), reason },
        'a namespace is tried again',
      )
    },
    onDepth: (depth) => metrics.queueDepth.set(depth),
  })
  const enqueueAll = () => {
    for (const { metadata } of namespaces.list()) if (metadata?.name) queue.add(metadata.name)
    // Work on half of the picture would be undone by the other half.
    if (namespaces.synced && roleBindings.synced) queue.start()
  }
  const interrupted = (resource: string) => (error: unknown, retryMs: number) => {
    metrics.interruptions.inc({ resource })
    logger.warn({ resource, retryMs, reason: messageOf(error) }, 'a watch broke off and is begun again')
  }
  const labelSelector = `${MANAGED_BY_LABEL}=${MANAGED_BY}`
  const namespaces = new Watched<V1Namespace>({
    ...pauses,
    kubeconfig,
    path: '/api/v1/namespaces',
    list: () => core.listNamespace(),
    onChange: ({ metadata }) => metadata?.name && queue.add(metadata.name),
    onSynced: enqueueAll,
    onInterrupted: interrupted('namespaces'),
  })
  const roleBindings = new Watched<V1RoleBinding>({
    ...pauses,
    kubeconfig,
    path: '/apis/rbac.authorization.k8s.io/v1/rolebindings',
    labelSelector,
    list: () => rbac.listRoleBindingForAllNamespaces({ labelSelector }),
    onChange: ({ metadata }) => metadata?.namespace && queue.add(metadata.namespace),
    onSynced: enqueueAll,
    onInterrupted: interrupted('rolebindings'),
  })

  const operations = await startOperations({
    ...config.operations,
    checks: { namespaces: () => namespaces.synced, rolebindings: () => roleBindings.synced },
    registry,
    logger,
  })
  namespaces.start()
  roleBindings.start()
  const resync = setInterval(enqueueAll, config.resyncSeconds * 1000)
  return {
    urls: { operations: operations.url },
    async drain() {
      operations.setDraining()
      clearInterval(resync)
      await Promise.all([namespaces[Symbol.asyncDispose](), roleBindings[Symbol.asyncDispose]()])
      await queue.stop()
      await operations[Symbol.asyncDispose]()
    },
  }
}

async function measured(metrics: Metrics, work: () => Promise<number>): Promise<void> {
  const stop = metrics.durations.startTimer()
  try {
    const writes = await work()
    metrics.reconciles.inc({ result: writes === 0 ? 'unchanged' : 'changed' })
  } catch (error) {
    metrics.reconciles.inc({ result: 'error' })
    throw error
  } finally {
    stop()
  }
}

function loadKubeconfig(file: string | undefined): KubeConfig {
  const kubeconfig = new KubeConfig()
  if (file === undefined) {
    // Its token is read again when the kubelet has renewed it.
    kubeconfig.loadFromCluster()
    return kubeconfig
  }
  try {
    kubeconfig.loadFromFile(file)
    if (!kubeconfig.getCurrentCluster()) throw new Error('its current context names no cluster')
  } catch (cause) {
    const message = `is not usable as a kubeconfig: ${(cause as Error).message}`
    throw new ConfigurationError(file, [{ path: '', message }], { cause })
  }
  return kubeconfig
}
