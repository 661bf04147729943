import { expect } from 'vitest'
import type { KubernetesObject } from './helm.ts'
import { refreshVolumes } from './kubectl.ts'
import { componentSelector, type World } from './world.ts'

type Component = 'apiserver-proxy' | 'kubeconfig-generator'

/** The pods of a component. */
export async function replicasOf({ kubectl }: World, component: Component): Promise<KubernetesObject[]> {
  const text = await kubectl(['get', 'pods', '--selector', componentSelector(component), '-o', 'json'])
  return (JSON.parse(text) as { items: KubernetesObject[] }).items
}

/** Has the kubelet bring what has changed into every replica at once, and waits until each says so in its log. */
export async function untilTaken(world: World, component: Component, sentence: string): Promise<void> {
  const { kubectl } = world
  const selector = componentSelector(component)
  await refreshVolumes(kubectl, '--selector', selector)
  for (const { metadata } of await replicasOf(world, component)) {
    const said = () => kubectl(['logs', metadata.name])
    await expect.poll(said, { timeout: 90_000, interval: 1000 }).toContain(sentence)
  }
}
