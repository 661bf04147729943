import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { resolveBinaries } from '@gatehouse/binaries'

const run = promisify(execFile)
const { kubectl } = await resolveBinaries(['kubectl'], {
  env: process.env,
  signal: AbortSignal.timeout(1_200_000),
})

/** The real kubectl, of the pinned version. */
export const kubectlPath = kubectl.path

/** What the real kubectl prints; it sees no other kubeconfig than the ones it is given. */
export async function runKubectl(files: readonly string[], ...args: string[]): Promise<string> {
  const env = { KUBECONFIG: files.join(':'), HOME: '/nonexistent' }
  return (await run(kubectl.path, args, { env })).stdout
}

interface View {
  'current-context': string
  clusters: { name: string; cluster: Record<string, unknown> }[]
  users: { name: string; user: Record<string, unknown> }[]
  contexts: { name: string; context: Record<string, unknown> }[]
}

/** A file as kubectl understands it. */
export async function viewOf(...files: string[]): Promise<View> {
  return JSON.parse(await runKubectl(files, 'config', 'view', '--raw', '-o', 'json')) as View
}
