import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cached, cached } from '../image-assembly/cache.ts'
import { run } from '../image-assembly/command.ts'
import type { Context } from '../image-assembly/context.ts'

/** Compiles pause, the process of every pod's sandbox, from Kubernetes' C source; a folder with `pause`. */
export async function buildPause(
  kubernetesSource: string,
  version: string,
  context: Context,
): Promise<Cached> {
  const source = join(kubernetesSource, 'build/pause/linux/pause.c')
  const inputs = { source: await readFile(source, 'utf8'), version }
  return cached('pause', inputs, context, async (directory) => {
    const flags = ['-Os', '-Wall', '-static', '-s', `-DVERSION=${version}`]
    await run('gcc', [...flags, '-o', join(directory, 'pause'), source], context)
  })
}
