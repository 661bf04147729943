import { join } from 'node:path'
import { loadImages } from '@gatehouse/kind'
import { resolveBinaries } from '@gatehouse/binaries'
import { execa } from 'execa'

const ROOT = join(import.meta.dirname, '../..')
/** Not one that somebody uses. */
export const TAG = 'e2e-in-cluster'

/** Builds the image of each service; their names. */
export async function buildImages(): Promise<[string, ...string[]]> {
  const { stdout } = await execa(process.execPath, ['scripts/images/main.ts', '--tag', TAG, '--json'], {
    cwd: ROOT,
  })
  return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name) as [string, ...string[]]
}

/** Puts the images onto the node of the cluster that kind calls `kindName`, and out of the engine. */
export async function loadIntoCluster(images: [string, ...string[]], kindName: string): Promise<void> {
  const signal = AbortSignal.timeout(300_000)
  const { kind } = await resolveBinaries(['kind'], { env: process.env, signal })
  await loadImages({ path: kind.path, env: process.env }, images, { name: kindName, signal })
  await execa('docker', ['image', 'rm', ...images])
}
