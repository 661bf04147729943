import { apply, type Kubectl, kubectlOutput } from '../src/test-cluster.ts'

/** Creates a pod with one container in the namespace default and waits until it is ready. */
export async function runPod(on: { readonly kubectl: Kubectl }, name: string, image = 'none'): Promise<void> {
  await apply(
    on,
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}, spec: {containers: [{name: main, image: "${image}"}]}}`,
  )
  await kubectlOutput(on, ['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s'])
}
