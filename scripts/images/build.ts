import { join } from 'node:path'
import { acquireLock } from '@gatehouse/binaries/lock'
import { mkdir } from 'node:fs/promises'
import { run } from '../image-assembly/command.ts'
import type { Context } from '../image-assembly/context.ts'
import { type App, apps, stackImage } from './apps.ts'
import { buildBaseImage } from './base.ts'
import { buildKubernetesImage } from './kubernetes.ts'
import { type BundledPackage, uniquePackages } from './packages.ts'
import { bundleApp, describeContent } from './prepare.ts'

export interface ImageOptions {
  readonly apps: readonly App[]
  /** `dev` makes `gatehouse/dex:dev`. */
  readonly tag: string
  /** An image with Node 24 on its PATH; without it one is made here. */
  readonly baseImage: string | undefined
}

export interface BuiltImage {
  readonly app: string
  readonly name: string
  readonly bytes: number
  /** npm packages in it. */
  readonly packages: number
}

/**
 * Builds the services' images with the engine's `docker build`, and nothing newer: no BuildKit is needed.
 *
 * @throws ImageError
 */
export async function buildImages(options: ImageOptions, given: Context): Promise<BuiltImage[]> {
  await mkdir(given.cacheDirectory, { recursive: true, mode: 0o700 })
  await using lock = await acquireLock(join(given.cacheDirectory, 'lock'), {
    signal: given.signal,
    onWait: () => given.report('another process is making the images; waiting for it'),
  })
  const context: Context = { ...given, signal: AbortSignal.any([given.signal, lock.lost]) }
  const base = options.baseImage === undefined ? await buildBaseImage(context) : undefined
  const kubernetes = options.apps.some(({ name }) => name === stackImage)
    ? await buildKubernetesImage(context)
    : undefined
  const directory = join(context.cacheDirectory, 'context')
  // The stack's image begins with an empty state directory, which is its user's.
  await mkdir(join(directory, 'state/gatehouse'), { recursive: true })
  const built: BuiltImage[] = []
  const prepared = new Map<string, readonly BundledPackage[]>()
  // The stack's image is made of what is in all the others.
  for (const app of kubernetes ? apps : options.apps) {
    context.report(`${app.name}: being bundled`)
    prepared.set(app.name, await bundleApp(app, join(directory, app.name)))
  }
  const images = {
    BASE_IMAGE: options.baseImage ?? base?.name ?? '',
    ...(kubernetes ? { KUBERNETES_IMAGE: kubernetes.name } : {}),
  }
  const args = Object.entries(images).flatMap(([arg, image]) => ['--build-arg', `${arg}=${image}`])
  const dockerfile = join(import.meta.dirname, 'Dockerfile')
  for (const { name: app } of options.apps) {
    const name = `gatehouse/${app}:${options.tag}`
    const isStack = app === stackImage
    const packages = isStack ? uniquePackages([...prepared.values()].flat()) : prepared.get(app)!
    await describeContent(join(directory, app), {
      image: name,
      packages,
      base,
      executables: (isStack && kubernetes?.executables) || [],
    })
    context.report(`${name}: being built`)
    const flags = ['--file', dockerfile, '--target', app, ...args]
    await run('docker', ['build', ...flags, '--tag', name, directory], context)
    const size = await run('docker', ['image', 'inspect', '--format', '{{.Size}}', name], context)
    built.push({ app, name, bytes: Number(size), packages: packages.length })
  }
  return built
}
