import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { acquireLock } from '@gatehouse/binaries/lock'
import { keyOf } from '../image-assembly/cache.ts'
import { run } from '../image-assembly/command.ts'
import type { Context } from '../image-assembly/context.ts'
import { keyLabel, loadedImage, removeImage } from '../image-assembly/engine.ts'
import { type App, apps, stackImage } from './apps.ts'
import { type BaseImage, buildBaseImage } from './base.ts'
import { buildKubernetesImage, type KubernetesImage } from './kubernetes.ts'
import { type BundledPackage, uniquePackages } from './packages.ts'
import { bundleApp, describeContent } from './prepare.ts'
import { digestSources } from './sources.ts'

export interface ImageOptions {
  readonly apps: readonly App[]
  /** `dev` makes `gatehouse/dex:dev`. */
  readonly tag: string
  /** An image with Node 24 on its PATH; without it one is made here. */
  readonly baseImage: string | undefined
}

/** An image that is in the engine. */
export interface ServiceImage {
  readonly app: string
  readonly name: string
  readonly bytes: number
}

/** What the services' images stand on. */
interface Foundation {
  readonly baseImage: string
  /** Of `baseImage`, where it was made here. */
  readonly base: BaseImage | undefined
  /** Where the stack's image is wanted. */
  readonly kubernetes: KubernetesImage | undefined
}

interface WantedImage {
  readonly app: App
  readonly name: string
  /** Says all that goes into it. */
  readonly key: string
}

/**
 * Builds the services' images with the engine's `docker build`, and nothing newer: no BuildKit is needed. An image
 * that the engine has, made of the same, is not built again.
 *
 * @throws ImageError
 */
export async function buildImages(options: ImageOptions, given: Context): Promise<ServiceImage[]> {
  await mkdir(given.cacheDirectory, { recursive: true, mode: 0o700 })
  await using lock = await acquireLock(join(given.cacheDirectory, 'lock'), {
    signal: given.signal,
    onWait: () => given.report('another process is making the images; waiting for it'),
  })
  const context: Context = { ...given, signal: AbortSignal.any([given.signal, lock.lost]) }
  const foundation = await layFoundation(options, context)
  const wanted = await wantedImages(options, foundation, context)
  const outdated: WantedImage[] = []
  for (const image of wanted) {
    if ((await loadedImage(image.name, context))?.key !== image.key) outdated.push(image)
    else context.report(`${image.name}: in the engine already`)
  }
  if (outdated.length > 0) await buildAll(outdated, foundation, context)
  const sizes = wanted.map(async ({ app, name }) => {
    const size = await run('docker', ['image', 'inspect', '--format', '{{.Size}}', name], context)
    return { app: app.name, name, bytes: Number(size) }
  })
  return Promise.all(sizes)
}

async function layFoundation(
  { apps: chosen, baseImage }: ImageOptions,
  context: Context,
): Promise<Foundation> {
  const base = baseImage === undefined ? await buildBaseImage(context) : undefined
  const isStackWanted = chosen.some(({ name }) => name === stackImage)
  const kubernetes = isStackWanted ? await buildKubernetesImage(context) : undefined
  return { baseImage: baseImage ?? base?.name ?? '', base, kubernetes }
}

async function wantedImages(
  { apps: chosen, tag }: ImageOptions,
  { baseImage, base, kubernetes }: Foundation,
  context: Context,
): Promise<WantedImage[]> {
  const sources = await digestSources(join(import.meta.dirname, '../..'))
  // One that is yet to be pulled has no ID.
  const foundation = base?.key ?? (await loadedImage(baseImage, context))?.id ?? baseImage
  return chosen.map((app) => {
    const name = `gatehouse/${app.name}:${tag}`
    const executables = app.name === stackImage ? kubernetes?.key : undefined
    return { app, name, key: keyOf({ name, sources, foundation, executables }) }
  })
}

async function buildAll(
  images: readonly WantedImage[],
  foundation: Foundation,
  context: Context,
): Promise<void> {
  const directory = join(context.cacheDirectory, 'context')
  // The stack's image begins with an empty state directory, which is its user's.
  await mkdir(join(directory, 'state/gatehouse'), { recursive: true })
  const isStackWanted = images.some(({ app }) => app.name === stackImage)
  const prepared = new Map<string, readonly BundledPackage[]>()
  // The stack's image is made of what is in all the others.
  for (const app of isStackWanted ? apps : images.map((image) => image.app)) {
    context.report(`${app.name}: being bundled`)
    prepared.set(app.name, await bundleApp(app, join(directory, app.name)))
  }
  for (const image of images) {
    const { app, name } = image
    const isStack = app.name === stackImage
    await describeContent(join(directory, app.name), {
      image: name,
      packages: isStack ? uniquePackages([...prepared.values()].flat()) : prepared.get(app.name)!,
      base: foundation.base,
      executables: (isStack && foundation.kubernetes?.executables) || [],
    })
    await build(image, directory, foundation, context)
  }
}

/** Has the engine build an image of what is in `directory`, in place of an earlier one of its name. */
async function build(
  { app, name, key }: WantedImage,
  directory: string,
  { baseImage, kubernetes }: Foundation,
  context: Context,
): Promise<void> {
  context.report(`${name}: being built`)
  const earlier = await loadedImage(name, context)
  const bases = { BASE_IMAGE: baseImage, ...(kubernetes ? { KUBERNETES_IMAGE: kubernetes.name } : {}) }
  const args = Object.entries(bases).flatMap(([arg, image]) => ['--build-arg', `${arg}=${image}`])
  const dockerfile = join(import.meta.dirname, 'Dockerfile')
  const flags = ['--file', dockerfile, '--target', app.name, '--label', `${keyLabel}=${key}`, ...args]
  await run('docker', ['build', ...flags, '--tag', name, directory], context)
  if (earlier) await removeImage(earlier.id, context)
}
