import type { V1RoleBinding } from '@kubernetes/client-node'
import { MANAGED_BY_LABEL } from './desired.ts'

/** One write to the API server. */
export type Action =
  | { readonly verb: 'create'; readonly binding: V1RoleBinding }
  | { readonly verb: 'update'; readonly binding: V1RoleBinding }
  /** A roleRef cannot be changed (API server, validation of RoleBinding): the binding is made anew. */
  | { readonly verb: 'recreate'; readonly binding: V1RoleBinding; readonly actual: V1RoleBinding }
  | { readonly verb: 'delete'; readonly actual: V1RoleBinding }

/**
 * What has to be written so that `actual` becomes `desired`, and nothing where they agree already. Bindings are
 * ours by name; of the others only `retired` ones are touched. Pure.
 */
export function planActions(
  desired: readonly V1RoleBinding[],
  actual: readonly V1RoleBinding[],
  ownNames: ReadonlySet<string>,
): Action[] {
  const wanted = new Set(desired.map(nameOf))
  const superfluous = actual.filter(
    (binding) => ownNames.has(nameOf(binding)) && !wanted.has(nameOf(binding)),
  )
  return [
    ...superfluous.map((binding): Action => ({ verb: 'delete', actual: binding })),
    ...desired.flatMap((binding): Action[] => {
      const action = compare(
        binding,
        actual.find((other) => nameOf(other) === nameOf(binding)),
      )
      return action ? [action] : []
    }),
  ]
}

/** The write that makes `actual` what `desired` says, or undefined when it is so. Pure. */
export function compare(desired: V1RoleBinding, actual: V1RoleBinding | undefined): Action | undefined {
  if (!actual) return { verb: 'create', binding: desired }
  // What is going away already is made again when the watch says that it is gone.
  if (actual.metadata?.deletionTimestamp) return undefined
  if (!sameRole(desired, actual)) return { verb: 'recreate', binding: desired, actual }
  if (sameSubjects(desired, actual) && isLabelled(desired, actual)) return undefined
  return { verb: 'update', binding: corrected(desired, actual) }
}

/** `actual` with our subjects and label; what others have put on it stays. */
function corrected({ metadata: own, ...desired }: V1RoleBinding, { metadata }: V1RoleBinding): V1RoleBinding {
  return {
    ...desired,
    metadata: {
      ...(own?.name ? { name: own.name } : {}),
      ...(own?.namespace ? { namespace: own.namespace } : {}),
      labels: { ...metadata?.labels, ...own?.labels },
      // Times are left out: they are the API server's, and strings where the client expects dates.
      ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
      ...(metadata?.finalizers ? { finalizers: metadata.finalizers } : {}),
      ...(metadata?.ownerReferences ? { ownerReferences: metadata.ownerReferences } : {}),
      ...(metadata?.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}),
    },
  }
}

function sameRole({ roleRef: a }: V1RoleBinding, { roleRef: b }: V1RoleBinding): boolean {
  return a.apiGroup === b.apiGroup && a.kind === b.kind && a.name === b.name
}

function sameSubjects({ subjects: a = [] }: V1RoleBinding, { subjects: b = [] }: V1RoleBinding): boolean {
  return (
    a.length === b.length &&
    a.every((subject, index) => {
      const other = b[index]!
      return (
        subject.kind === other.kind &&
        subject.name === other.name &&
        subject.apiGroup === other.apiGroup &&
        (subject.namespace ?? '') === (other.namespace ?? '')
      )
    })
  )
}

function isLabelled(desired: V1RoleBinding, actual: V1RoleBinding): boolean {
  return actual.metadata?.labels?.[MANAGED_BY_LABEL] === desired.metadata?.labels?.[MANAGED_BY_LABEL]
}

function nameOf(binding: V1RoleBinding): string {
  return binding.metadata?.name ?? ''
}
