import type { Group } from './people.ts'

/** Who has which role in a project of the kubeconfig generator. */
export interface RoleAssignment {
  readonly role: 'Cluster Admin' | 'Cluster Editor' | 'Cluster Viewer'
  readonly groups: readonly Group[]
}

/** The project that the default cluster is in, and what the groups are there, apart from their rights in Kubernetes. */
export const project: { readonly name: string; readonly assignments: readonly RoleAssignment[] } = {
  name: 'default',
  assignments: [
    { role: 'Cluster Admin', groups: ['runtimeAdmin'] },
    { role: 'Cluster Editor', groups: ['runtimeNamespaceAdmin', 'runtimeDeveloper'] },
    { role: 'Cluster Viewer', groups: ['runtimeOperator'] },
  ],
}
