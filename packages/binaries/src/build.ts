import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createBuildProgress, isModuleDownload } from './build-progress.ts'
import type { Binary, BinaryName } from './catalogue.ts'
import { BinariesError } from './errors.ts'
import { runGo } from './go.ts'
import type { Environment } from './plan.ts'
import type { Platform } from './platform.ts'
import type { Report } from './progress.ts'

/** Here is a folder per product, with a go.mod and a go.sum that pin all modules of it. */
export const modulesDirectory = join(import.meta.dirname, '..', 'modules')
const oldestGo = [1, 26] as const
/** The pinned modules decide what is built: no other toolchain, no go.work of somebody's folder around. */
const pinnedToolchain = { GOTOOLCHAIN: 'local', GOWORK: 'off' }

interface BuildOptions {
  readonly env: Environment
  readonly platform: Platform
  /** Takes the result and go's temporary files. */
  readonly workDirectory: string
  readonly signal: AbortSignal
  readonly report: Report
}

/**
 * Builds an executable from the Go modules pinned in `modules/`, and returns its path. Compiled packages stay
 * in Go's build cache, so an interrupted build goes on where it was.
 *
 * @throws BinariesError `ERR_BUILD`
 */
export async function buildFromModules(
  name: BinaryName,
  binary: Binary,
  options: BuildOptions,
): Promise<string> {
  // Not the bare name: a refused download may lie there, and go overwrites nothing that it did not make.
  const output = join(options.workDirectory, `${name}.built`)
  await buildGoPackages(
    {
      directory: join(modulesDirectory, binary.product),
      packages: [binary.goPackage],
      ldflags: binary.ldflags,
      output,
    },
    options,
  )
  return output
}

/** Packages of one Go module that are built together. */
export interface GoPackages {
  /** Has the go.mod and go.sum that pin everything. */
  readonly directory: string
  /** Another file in place of go.mod, in the same folder; its go.sum ends in .sum, too. */
  readonly moduleFile?: string
  readonly packages: readonly string[]
  readonly ldflags: string
  readonly tags?: readonly string[]
  /** Whether C is compiled with them; off unless said. */
  readonly cgo?: boolean
  /** The executable's path; for several packages, or with a slash at its end, the folder that takes them. */
  readonly output: string
}

/**
 * Runs `go build` for the pinned modules.
 *
 * @throws BinariesError `ERR_BUILD`
 */
export async function buildGoPackages(
  { directory, moduleFile, packages, ldflags, tags = [], cgo = false, output }: GoPackages,
  options: BuildOptions,
): Promise<void> {
  const { workDirectory, signal, report } = options
  const temporary = join(workDirectory, 'go')
  await mkdir(temporary, { recursive: true })
  const env: Environment = {
    ...options.env,
    ...pinnedToolchain,
    CGO_ENABLED: cgo ? '1' : '0',
    GOOS: options.platform.os,
    GOARCH: options.platform.arch,
    GOTMPDIR: temporary,
  }
  const run = { cwd: directory, env, signal }
  await usableGo(options.env, signal)

  report({ phase: 'build', message: 'reading its Go modules' })
  const flags = [
    '-mod=readonly',
    '-trimpath',
    ...(moduleFile === undefined ? [] : [`-modfile=${moduleFile}`]),
    ...(tags.length === 0 ? [] : [`-tags=${tags.join(',')}`]),
  ]
  const dependencies = await runGo(['list', '-deps', ...flags, ...packages], {
    ...run,
    onLine: (line) => {
      if (isModuleDownload(line))
        report({ phase: 'build', message: line.replace(/^go: downloading /, 'fetching module ') })
      return isModuleDownload(line)
    },
  })
  const onLine = createBuildProgress(dependencies.split('\n'), report)
  await runGo(['build', '-v', ...flags, '-ldflags', ldflags, '-o', output, ...packages], { ...run, onLine })
}

/**
 * The folder with the source of a module that `directory` pins; it is fetched if need be.
 *
 * @throws BinariesError `ERR_BUILD`
 */
export async function moduleSource(
  directory: string,
  module: string,
  { env, signal }: { env: Environment; signal: AbortSignal },
): Promise<string> {
  const run = { cwd: directory, env: { ...env, ...pinnedToolchain }, signal }
  await runGo(['mod', 'download', module], run)
  return runGo(['list', '-m', '-f', '{{.Dir}}', module], run)
}

/**
 * The version of the `go` that builds, as `go1.26.8`.
 *
 * @throws BinariesError `ERR_BUILD` when there is none on the PATH, or one that is too old
 */
export async function usableGo(env: Environment, signal: AbortSignal): Promise<string> {
  const needed = `Go ${oldestGo.join('.')} or later`
  let version: string
  try {
    version = await runGo(['env', 'GOVERSION'], {
      cwd: modulesDirectory,
      env: { ...env, ...pinnedToolchain },
      signal,
    })
  } catch (cause) {
    signal.throwIfAborted()
    throw new BinariesError('ERR_BUILD', `there is no usable \`go\` on the PATH (${needed} would build it)`, {
      cause,
    })
  }
  if (!isRecentGo(version))
    throw new BinariesError('ERR_BUILD', `\`go\` is ${version}, but ${needed} is needed`)
  return version
}

/** Whether `go1.26.8`, as GOVERSION says it, can build the pinned modules; a development version can. */
export function isRecentGo(version: string): boolean {
  if (version.startsWith('devel')) return true
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version)?.map(Number) ?? []
  if (major === undefined || minor === undefined) return false
  return major > oldestGo[0] || (major === oldestGo[0] && minor >= oldestGo[1])
}
