import { bindings, type BindingOptions } from './bindings.ts'
import type { KubernetesObject } from './kubernetes.ts'
import { clusterInfoRole, clusterRoles } from './roles.ts'

export {
  type BindingOptions,
  bindings,
  type NamespaceBinding,
  namespaceBindings,
  systemNamespaces,
} from './bindings.ts'
export type { Binding, ClusterRole, KubernetesObject, PolicyRule, Role } from './kubernetes.ts'
export { type Group, GROUPS, people, type Person, type Persona } from './people.ts'
export { project, type RoleAssignment } from './project.ts'
export { aggregationLabel, clusterInfoRole, clusterRoles, ROLE_NAMES } from './roles.ts'
export { sampleNamespaces, samples } from './samples.ts'

/** All roles and bindings of the default content, in an order in which they can be applied. */
export function accessObjects(options: BindingOptions = {}): KubernetesObject[] {
  return [...clusterRoles(), clusterInfoRole, ...bindings(options)]
}
