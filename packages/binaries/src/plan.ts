import { join, resolve } from 'node:path'
import { cacheRoot } from './cache-root.ts'
import { type BinaryName, type Binary, catalogue, releases } from './catalogue.ts'
import { BinariesError } from './errors.ts'
import type { Platform } from './platform.ts'
import { type Checksums, versions } from './versions.ts'

/** An environment as the caller was given it; an empty variable counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A place where somebody says that the executable is. */
export interface GivenPath {
  readonly path: string
  /** Who says so: the option's or the environment variable's name. */
  readonly by: string
  /** Whether anything but the right version there is an error; a shared folder may hold other versions. */
  readonly binding: boolean
}

/** An artifact to fetch, with the sum that it must have. */
export interface PinnedArtifact {
  readonly url: string
  readonly sha256: string
  readonly member: string | undefined
}

/** Where one executable is looked for and how it is got, in this order. Nothing in it has been tried yet. */
export interface Plan {
  readonly name: BinaryName
  readonly version: string
  readonly binary: Binary
  readonly given: readonly GivenPath[]
  readonly cached: string
  readonly download: PinnedArtifact | { readonly refused: string }
}

export interface PlanOptions {
  readonly env: Environment
  readonly explicit: Readonly<Partial<Record<BinaryName, string>>>
  readonly cacheDirectory: string | undefined
  readonly platform: Platform
  readonly checksums: Checksums
}

/** GATEHOUSE_KUBE_APISERVER for kube-apiserver: the variable that names an executable's path. */
export function pathVariable(name: BinaryName): string {
  return `GATEHOUSE_${name.toUpperCase().replaceAll('-', '_')}`
}

/**
 * Decides, without touching anything, where `name` is looked for: given paths, cache, download.
 *
 * @throws BinariesError `ERR_INVALID_OPTION` for a mirror that is no http(s) URL
 */
export function planFor(name: BinaryName, options: PlanOptions): Plan {
  const binary: Binary = catalogue[name]
  const version = versions[binary.product]
  const { os, arch } = options.platform
  const root = options.cacheDirectory ?? cacheRoot(options.env)
  return {
    name,
    version,
    binary,
    given: givenPaths(name, options),
    cached: join(resolve(root), version, `${os}-${arch}`, name),
    download: downloadOf(name, binary, options),
  }
}

function givenPaths(name: BinaryName, { env, explicit }: PlanOptions): GivenPath[] {
  const variable = pathVariable(name)
  const byOption = explicit[name]
  const byVariable = env[variable]
  const assets = env['KUBEBUILDER_ASSETS']
  const given: GivenPath[] = []
  if (byOption) given.push({ path: resolve(byOption), by: `the path given for ${name}`, binding: true })
  if (byVariable) given.push({ path: resolve(byVariable), by: variable, binding: true })
  if (assets) given.push({ path: resolve(assets, name), by: 'KUBEBUILDER_ASSETS', binding: false })
  return given
}

function downloadOf(name: BinaryName, binary: Binary, options: PlanOptions): Plan['download'] {
  const artifact = binary.artifact(options.platform)
  if (!artifact) {
    const { os, arch } = options.platform
    return { refused: `no release of ${name} for ${os} ${arch} is known` }
  }
  const id = `${binary.product}/${artifact.path}`
  const sha256 = options.checksums[id]
  if (!sha256) return { refused: `no checksum of ${id} is pinned, and what has none is not downloaded` }
  const url = `${releaseUrl(binary, options.env)}/${artifact.path}`
  return { url, sha256, member: artifact.member }
}

/**
 * The URL below which the releases of `binary` are: the official one, or the mirror that `env` names.
 *
 * @throws BinariesError `ERR_INVALID_OPTION`
 */
export function releaseUrl({ product }: Binary, env: Environment): string {
  const { url, urlVariable } = releases[product]
  const base = env[urlVariable] || url
  if (!/^https?:$/.test(URL.parse(base)?.protocol ?? '')) {
    throw new BinariesError(
      'ERR_INVALID_OPTION',
      `${urlVariable} must be an http or https URL, not "${base}"`,
    )
  }
  return base.replace(/\/+$/, '')
}
