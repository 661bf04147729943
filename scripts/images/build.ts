import { join } from 'node:path'
import { acquireLock } from '@gatehouse/binaries/lock'
import { mkdir } from 'node:fs/promises'
import { run } from '../image-assembly/command.ts'
import type { Context } from '../image-assembly/context.ts'
import type { App } from './apps.ts'
import { buildBaseImage } from './base.ts'
import { prepareContext } from './prepare.ts'

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
  const directory = join(context.cacheDirectory, 'context')
  const built: BuiltImage[] = []
  for (const app of options.apps) {
    const name = `gatehouse/${app.name}:${options.tag}`
    context.report(`${name}: being bundled`)
    const packages = await prepareContext(app, join(directory, app.name), { image: name, base })
    context.report(`${name}: being built`)
    const dockerfile = join(import.meta.dirname, 'Dockerfile')
    const baseImage = options.baseImage ?? base?.name ?? ''
    const flags = ['--file', dockerfile, '--target', app.name, '--build-arg', `BASE_IMAGE=${baseImage}`]
    await run('docker', ['build', ...flags, '--tag', name, directory], context)
    const size = await run('docker', ['image', 'inspect', '--format', '{{.Size}}', name], context)
    built.push({ app: app.name, name, bytes: Number(size), packages: packages.length })
  }
  return built
}
