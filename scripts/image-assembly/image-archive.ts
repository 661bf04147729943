import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { platformOf } from '@gatehouse/binaries'
import { run } from './command.ts'
import type { Context } from './context.ts'

/** An image in the form that `docker load` and `ctr images import` read (docker-archive). */
export interface ImageDescription {
  readonly name: string
  /** Archives of its layers, lowest first. */
  readonly layers: readonly string[]
  readonly config: {
    readonly Env: readonly string[]
    readonly Entrypoint?: readonly string[]
    readonly Cmd?: readonly string[]
    readonly StopSignal?: string
    readonly Labels?: Readonly<Record<string, string>>
  }
}

export const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Writes the image's archive to `file`. Nothing in it tells when it was made, so equal ones have equal ids. */
export async function writeImageArchive(
  file: string,
  { name, layers, config }: ImageDescription,
  context: Pick<Context, 'env' | 'signal'>,
): Promise<void> {
  const directory = await mkdtemp(join(dirname(file), 'archive-'))
  try {
    const digests = await Promise.all(layers.map((layer) => digestOf(layer)))
    const names: string[] = []
    for (const [index, layer] of layers.entries()) {
      const member = `${digests[index]}/layer.tar`
      await mkdir(join(directory, dirname(member)), { recursive: true })
      await symlink(layer, join(directory, member))
      names.push(member)
    }
    const { os, arch } = platformOf(process.platform, process.arch)
    const created = '1970-01-01T00:00:00Z'
    const document = {
      architecture: arch,
      os,
      created,
      config,
      rootfs: { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) },
      history: layers.map(() => ({ created, created_by: 'gatehouse' })),
    }
    const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: names }]
    await writeFile(join(directory, 'config.json'), JSON.stringify(document))
    await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest))
    // Layers are links here: they are packed once more, but not copied before.
    const members = ['manifest.json', 'config.json', ...names]
    const flags = ['--dereference', '--owner=0', '--group=0', '--mtime=@0', '--format=gnu']
    await run('tar', ['-C', directory, ...flags, '-cf', file, ...members], context)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
