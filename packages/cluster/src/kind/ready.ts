import { execa } from 'execa'
import { ClusterError } from '../errors.ts'
import type { Layout } from './layout.ts'

interface Check {
  readonly name: string
  readonly args: readonly string[]
}

/** What comes after the node is Ready, and without which pods, names and services do not work yet. */
const checks: readonly Check[] = [
  { name: 'the default ServiceAccount', args: ['wait', '--for=create', 'serviceaccount/default'] },
  {
    name: 'rules in the ClusterRoles view, edit and admin',
    args: [
      'wait',
      '--for=jsonpath={.rules[0]}',
      ...['view', 'edit', 'admin'].map((role) => `clusterrole/${role}`),
    ],
  },
  { name: 'a Ready node', args: ['wait', '--for=condition=Ready', 'node', '--all'] },
  { name: 'kube-proxy', args: ['rollout', 'status', '--namespace=kube-system', 'daemonset/kube-proxy'] },
  { name: 'CoreDNS', args: ['rollout', 'status', '--namespace=kube-system', 'deployment/coredns'] },
]

/**
 * Waits until the cluster can be used. "Ready", as kind sees it, comes some seconds before.
 *
 * @throws ClusterError `ERR_NOT_READY`, with everything that is missing
 */
export async function untilReady(
  kubectl: string,
  { adminKubeconfig, kubectlCache }: Pick<Layout, 'adminKubeconfig' | 'kubectlCache'>,
  {
    withinSeconds,
    signal,
    onDone,
  }: { withinSeconds: number; signal: AbortSignal; onDone: (name: string) => void },
): Promise<void> {
  const flags = [
    `--kubeconfig=${adminKubeconfig}`,
    `--cache-dir=${kubectlCache}`,
    `--timeout=${withinSeconds}s`,
  ]
  const attempts = checks.map(async ({ name, args }) => {
    const result = await execa(kubectl, [...args, ...flags], {
      // A kuberc file could give the commands other defaults.
      env: { KUBERC: 'off' },
      extendEnv: false,
      stdin: 'ignore',
      cancelSignal: signal,
      reject: false,
    })
    if (result.failed) return [`${name}: ${result.stderr.trim()}`]
    onDone(name)
    return []
  })
  const missing = (await Promise.all(attempts)).flat()
  signal.throwIfAborted()
  if (missing.length > 0) {
    throw new ClusterError(
      'ERR_NOT_READY',
      `the cluster was not ready within ${withinSeconds} s; it lacks\n${missing.map((line) => `  ${line}`).join('\n')}`,
    )
  }
}
