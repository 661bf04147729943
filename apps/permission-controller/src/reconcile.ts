import type { RbacAuthorizationV1Api, V1Namespace, V1RoleBinding } from '@kubernetes/client-node'
import { classify } from './api-error.ts'
import type { ControllerConfig } from './config.ts'
import { desiredBindings } from './desired.ts'
import { type Action, compare, planActions } from './plan.ts'

/** What the controller knows without asking. */
export interface Known {
  readonly namespace: (name: string) => V1Namespace | undefined
  readonly roleBindings: (namespace: string) => readonly V1RoleBinding[]
}

export interface ReconcileContext {
  readonly config: Pick<ControllerConfig, 'bindings' | 'excludedNamespaces' | 'retiredBindings'>
  readonly known: Known
  readonly rbac: RbacAuthorizationV1Api
  readonly onWritten: (verb: Action['verb'], namespace: string, name: string) => void
}

/**
 * Makes the bindings of one namespace what they should be; returns how many writes that took. Whether it was
 * called once or often, for a reason or for none, makes no difference.
 *
 * @throws ApiException, which the queue retries
 */
export async function reconcile(context: ReconcileContext, namespace: string): Promise<number> {
  const { config, known } = context
  const desired = desiredBindings(known.namespace(namespace), config)
  if (!desired) return 0
  const ownNames = new Set([...config.bindings.map(({ name }) => name), ...config.retiredBindings])
  const actions = planActions(desired, known.roleBindings(namespace), ownNames)
  let writes = 0
  for (const action of actions) writes += await apply(context, namespace, action)
  return writes
}

/** Writes; a namespace or binding that went away meanwhile needs nothing any more. */
async function apply(context: ReconcileContext, namespace: string, action: Action): Promise<number> {
  try {
    await write(context.rbac, namespace, action)
  } catch (error) {
    const failure = classify(error)
    if (failure === 'terminating') return 0
    if (failure === 'exists' && action.verb === 'create') return takeOver(context, namespace, action.binding)
    if (failure === 'not-found' && (action.verb === 'delete' || action.verb === 'create')) return 0
    throw error
  }
  const { metadata } = action.verb === 'delete' ? action.actual : action.binding
  context.onWritten(action.verb, namespace, metadata?.name ?? '')
  return 1
}

/**
 * A binding of our name that we did not know of: it lacks our label, or the watch is late. What it is now
 * decides, so that nothing is written when it is right already.
 */
async function takeOver(
  context: ReconcileContext,
  namespace: string,
  binding: V1RoleBinding,
): Promise<number> {
  const name = binding.metadata?.name ?? ''
  const actual = await context.rbac.readNamespacedRoleBinding({ namespace, name })
  const action = compare(binding, actual)
  return action ? apply(context, namespace, action) : 0
}

async function write(rbac: RbacAuthorizationV1Api, namespace: string, action: Action): Promise<void> {
  switch (action.verb) {
    case 'create':
      await rbac.createNamespacedRoleBinding({ namespace, body: action.binding })
      return
    case 'update':
      // It carries the resourceVersion it was read with: somebody else's later change is a 409, not lost.
      await rbac.replaceNamespacedRoleBinding({
        namespace,
        name: action.binding.metadata?.name ?? '',
        body: action.binding,
      })
      return
    case 'delete':
      await remove(rbac, namespace, action.actual)
      return
    case 'recreate':
      await remove(rbac, namespace, action.actual)
      await rbac.createNamespacedRoleBinding({ namespace, body: action.binding })
  }
}

/** Deletes exactly the object that was looked at, not one of the same name that came after it. */
async function remove(
  rbac: RbacAuthorizationV1Api,
  namespace: string,
  { metadata }: V1RoleBinding,
): Promise<void> {
  const { uid, resourceVersion } = metadata ?? {}
  await rbac.deleteNamespacedRoleBinding({
    namespace,
    name: metadata?.name ?? '',
    body: { preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) } },
  })
}
