/** kubectl as the administrator, with something on its standard input; what it prints. */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>

/** Makes the objects, or what is there like them. */
export async function apply(kubectl: Kubectl, items: readonly object[]): Promise<void> {
  await kubectl(['apply', '--server-side', '-f', '-'], listOf(items))
}

/** Removes the objects, and waits until they are gone unless a flag says something else. */
export async function remove(kubectl: Kubectl, items: readonly object[], ...flags: string[]): Promise<void> {
  await kubectl(['delete', ...flags, '-f', '-'], listOf(items))
}

const listOf = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })

/** Has the kubelet bring what has changed into the pods' volumes at once; by itself it looks once a minute. */
export async function refreshVolumes(kubectl: Kubectl, ...pods: string[]): Promise<void> {
  // It looks at a pod at once when an annotation of it changes.
  await kubectl(['annotate', 'pods', ...pods, '--overwrite', `changed-at=${Date.now()}`])
}
