import { join } from 'node:path'
import { loadImages } from '@gatehouse/kind'
import { resolveBinaries } from '@gatehouse/binaries'
import { execa } from 'execa'

const ROOT = join(import.meta.dirname, '../..')
/** That of `node scripts/images/main.ts`. */
export const TAG = 'dev'

/** What the chart has Deployments of. */
const SERVICES = [
  'apiserver-proxy',
  'console',
  'dex',
  'ingress-gateway',
  'kubeconfig-generator',
  'permission-controller',
]

/** Builds the image of each service, unless it is there already; their names. */
export async function buildImages(): Promise<[string, ...string[]]> {
  const { stdout } = await execa(process.execPath, ['scripts/images/main.ts', ...SERVICES, '--json'], {
    cwd: ROOT,
  })
  return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name) as [string, ...string[]]
}

/** Puts the images onto the node of the cluster that kind calls `kindName`. */
export async function loadIntoCluster(images: [string, ...string[]], kindName: string): Promise<void> {
  const signal = AbortSignal.timeout(300_000)
  const { kind } = await resolveBinaries(['kind'], { env: process.env, signal })
  await loadImages({ path: kind.path, env: process.env }, images, { name: kindName, signal })
}
