import { copyFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { type Cached, cached } from '../image-assembly/cache.ts'
import { run } from '../image-assembly/command.ts'
import type { Context } from '../image-assembly/context.ts'
import { ImageError } from '../image-assembly/errors.ts'
import { type ImageDescription, path, writeImageArchive } from '../image-assembly/image-archive.ts'
import { packDirectory } from '../image-assembly/pack.ts'
import { makeSkeleton } from './programs.ts'

/** An image that the node has from the start, so that nothing is pulled for it. */
export interface PreloadedImage {
  readonly name: string
  /** A folder whose content it starts from; a bare skeleton without one. */
  readonly base?: string
  /** Executables to add: path in the image, and where it is here. */
  readonly programs?: Readonly<Record<string, string>>
  readonly config: Pick<ImageDescription['config'], 'Entrypoint' | 'Cmd'>
}

interface Containerd {
  readonly containerd: string
  readonly ctr: string
}

const startWithinMs = 20_000
/** The label that CRI's containerd plugin reads. */
const pinned = 'io.cri-containerd.pinned=pinned'

/**
 * Makes `/var/lib/containerd` of the node, with the images in its store: content and names only, as kind does;
 * the node unpacks an image when it first needs it.
 *
 * @param inputs what decides the images' content
 * @returns a folder with `layer.tar`
 */
export async function preloadImages(
  images: readonly PreloadedImage[],
  { containerd, ctr }: Containerd,
  inputs: unknown,
  context: Context,
): Promise<Cached> {
  return cached('images', { images, inputs }, context, async (directory) => {
    const root = join(directory, 'root')
    const store = join(root, 'var/lib/containerd')
    await mkdir(store, { recursive: true, mode: 0o755 })
    await using daemon = await startContainerd(containerd, ctr, store, context)
    for (const image of images) {
      context.report(`images: ${image.name}`)
      const archive = join(directory, 'image.tar')
      await archiveOf(image, archive, directory, context)
      await daemon.import(archive)
      await rm(archive)
    }
    await daemon.stop()
    await packDirectory(root, join(directory, 'layer.tar'), context, { ownedByRoot: true })
    await rm(root, { recursive: true, force: true })
  })
}

async function archiveOf(
  { name, base, programs = {}, config }: PreloadedImage,
  file: string,
  directory: string,
  context: Context,
): Promise<void> {
  const root = await mkdtemp(join(directory, 'image-'))
  if (base === undefined) await makeSkeleton(root)
  else await cp(base, root, { recursive: true, verbatimSymlinks: true })
  for (const [place, source] of Object.entries(programs)) {
    await mkdir(join(root, place, '..'), { recursive: true })
    await copyFile(source, join(root, place))
  }
  const layer = join(directory, `${basename(root)}.tar`)
  await packDirectory(root, layer, context, { ownedByRoot: true })
  await rm(root, { recursive: true, force: true })
  await writeImageArchive(file, { name, layers: [layer], config: { Env: [path], ...config } }, context)
  await rm(layer)
}

/** A containerd of our own on a socket of its own, for as long as images are put into its store. */
async function startContainerd(command: string, ctr: string, store: string, context: Context) {
  const { env, signal } = context
  // Not below the cache: the path of a socket may have 107 bytes only.
  const state = await mkdtemp(join(tmpdir(), 'gatehouse-containerd-'))
  const socket = join(state, 'c.sock')
  const args = [
    '--config',
    '/dev/null',
    '--root',
    store,
    '--state',
    join(state, 'state'),
    '--address',
    socket,
  ]
  const child = execa(command, args, {
    env: { ...env },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    cancelSignal: signal,
    reject: false,
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await child
    await rm(state, { recursive: true, force: true })
  }
  const call = (...words: string[]) =>
    run(ctr, ['--address', socket, '--namespace', 'k8s.io', ...words], context)
  let hasEnded = false
  void child.then(() => (hasEnded = true))
  const deadline = Date.now() + startWithinMs
  while (
    !(await call('version').then(
      () => true,
      () => false,
    ))
  ) {
    signal.throwIfAborted()
    if (hasEnded || Date.now() > deadline) {
      await stop()
      throw new ImageError('ERR_COMMAND', `containerd did not start: ${(await child).all}`)
    }
    await delay(100, undefined, { signal })
  }
  return {
    import: (archive: string) =>
      // Pinned images are not removed when the node's disk runs full: they could not be pulled again.
      call('images', 'import', '--no-unpack', '--all-platforms', `--label=${pinned}`, archive),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
