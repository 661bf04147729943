import type { KubernetesObject } from '../api/objects.ts'

interface PodSpec {
  readonly initContainers?: readonly { readonly name: string }[]
  readonly containers?: readonly { readonly name: string }[]
  readonly ephemeralContainers?: readonly { readonly name: string }[]
}

/** The names of a pod's containers, those that do its work first. Pure. */
export function containersOf(pod: KubernetesObject): readonly string[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = (pod['spec'] ?? {}) as PodSpec
  return [...containers, ...initContainers, ...ephemeralContainers].map(({ name }) => name)
}
