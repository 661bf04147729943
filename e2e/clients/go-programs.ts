import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheRoot, createProgressLines, platformOf } from '@gatehouse/binaries'
import { buildGoPackages } from '@gatehouse/binaries/go'
import { acquireLock } from '@gatehouse/binaries/lock'

const FOLDER = import.meta.dirname

/** Programs in Go, with the module that pins all of them. */
interface GoPrograms {
  /** The executable's name; of several, that of the folder that takes them. */
  readonly name: string
  readonly directory: string
  readonly moduleFile?: string
  readonly goPackages: readonly [string, ...string[]]
  readonly ldflags?: string
}

/** A kubectl of another minor version than the stack's. */
export interface OtherKubectl {
  /** As in v1.34.13. */
  readonly version: string
  /** Builds it, and returns its path. */
  readonly build: () => Promise<string>
}

/** client-go's program. Returns its path. */
export function buildClientGo(): Promise<string> {
  return buildGoPrograms({ name: 'client-go', directory: join(FOLDER, 'go'), goPackages: ['.'] })
}

/** kubelogin, by the name under which kubectl finds it as the plugin `oidc-login`. Returns its path. */
export function buildKubelogin(): Promise<string> {
  return buildGoPrograms({
    name: 'kubectl-oidc_login',
    directory: join(FOLDER, 'kubelogin'),
    goPackages: ['github.com/int128/kubelogin'],
  })
}

/** Every kubectl that a file in `kubectl` pins, the oldest first. */
export async function otherKubectls(): Promise<OtherKubectl[]> {
  const directory = join(FOLDER, 'kubectl')
  const moduleFiles = (await readdir(directory)).filter((file) => /^v1\.\d+\.mod$/.test(file)).toSorted()
  return Promise.all(
    moduleFiles.map(async (moduleFile) => {
      const text = await readFile(join(directory, moduleFile), 'utf8')
      const [, minor, patch] = /^\s*k8s\.io\/kubectl v0\.(\d+)\.(\d+)$/m.exec(text) ?? []
      if (patch === undefined) throw new Error(`${moduleFile} pins no k8s.io/kubectl`)
      const version = `v1.${minor}.${patch}`
      const program: GoPrograms = {
        name: `kubectl-${version}`,
        directory,
        moduleFile,
        goPackages: ['.'],
        ldflags: `-X k8s.io/component-base/version.gitVersion=${version}`,
      }
      return { version, build: () => buildGoPrograms(program) }
    }),
  )
}

/**
 * Builds them, and returns the path of the executable, or of the folder with several. Go's build cache makes the
 * second time a matter of a second; one process builds, others wait for it.
 */
export async function buildGoPrograms(programs: GoPrograms): Promise<string> {
  const { name, directory, moduleFile, goPackages, ldflags = '' } = programs
  const folder = join(cacheRoot(process.env), 'e2e-clients')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const signal = AbortSignal.timeout(900_000)
  await using _ = await acquireLock(join(folder, `${name}.lock`), { signal, onWait: () => undefined })
  const output = join(folder, name)
  const workDirectory = await mkdtemp(join(folder, 'build-'))
  const print = createProgressLines(console.log)
  try {
    await buildGoPackages(
      {
        directory,
        ...(moduleFile === undefined ? {} : { moduleFile }),
        packages: goPackages,
        ldflags: `-s -w ${ldflags}`.trimEnd(),
        // The slash makes go take it for a folder.
        output: goPackages.length === 1 ? output : `${output}/`,
      },
      {
        env: process.env,
        platform: platformOf(process.platform, process.arch),
        workDirectory,
        signal,
        report: (step) => print({ binary: name, ...step }),
      },
    )
  } finally {
    await rm(workDirectory, { recursive: true, force: true })
  }
  return output
}
