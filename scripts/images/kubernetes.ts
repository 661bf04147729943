import { chmod, copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveBinaries, versions } from '@gatehouse/binaries'
import { embeddedExecutables } from '@gatehouse/cluster'
import { cached } from '../image-assembly/cache.ts'
import type { Context } from '../image-assembly/context.ts'
import { packDirectory } from '../image-assembly/pack.ts'
import { ensureImage, layerFile } from './assembled.ts'

/** An executable of Kubernetes or of what it needs, built from a Go module. */
export interface Executable {
  readonly name: string
  /** With its `v`. */
  readonly version: string
}

export interface KubernetesImage {
  readonly name: string
  /** Says all that went into it. */
  readonly key: string
  readonly executables: readonly Executable[]
}

/**
 * Makes an image of nothing but the executables of an embedded cluster, which the stack's image copies from.
 * They are 450 MB: in the build's context they would be sent to the engine with every build.
 *
 * @throws ImageError, BinariesError
 */
export async function buildKubernetesImage(context: Context): Promise<KubernetesImage> {
  const { env, signal, report } = context
  const found = await resolveBinaries(embeddedExecutables, {
    env,
    signal,
    onProgress: ({ phase, message }) => {
      if (phase !== 'done') report(message)
    },
  })
  const executables = Object.values(found).map(({ name, version }) => ({ name, version }))
  const layer = await cached('kubernetes', { executables }, context, async (directory) => {
    const root = join(directory, 'root')
    const programs = join(root, 'usr/local/bin')
    await mkdir(programs, { recursive: true })
    for (const { name, path } of Object.values(found)) {
      await copyFile(path, join(programs, name))
      await chmod(join(programs, name), 0o755)
    }
    await packDirectory(root, join(directory, layerFile), context, { ownedByRoot: true })
    await rm(root, { recursive: true })
  })
  const name = `gatehouse/kubernetes:${versions.kubernetes}`
  await ensureImage(name, layer, { Env: [] }, context)
  return { name, key: layer.key, executables }
}
