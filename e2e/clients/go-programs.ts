import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheRoot, platformOf } from '@gatehouse/binaries'
import { buildGoPackages } from '@gatehouse/binaries/go'
import { acquireLock } from '@gatehouse/binaries/lock'

const FOLDER = import.meta.dirname

/** A program in Go, with the module that pins all of it. */
interface GoProgram {
  /** The executable's name. */
  readonly name: string
  readonly directory: string
  readonly moduleFile?: string
  readonly goPackage: string
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
  return build({ name: 'client-go', directory: join(FOLDER, 'go'), goPackage: '.' })
}

/** kubelogin, by the name under which kubectl finds it as the plugin `oidc-login`. Returns its path. */
export function buildKubelogin(): Promise<string> {
  return build({
    name: 'kubectl-oidc_login',
    directory: join(FOLDER, 'kubelogin'),
    goPackage: 'github.com/int128/kubelogin',
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
      const program: GoProgram = {
        name: `kubectl-${version}`,
        directory,
        moduleFile,
        goPackage: '.',
        ldflags: `-X k8s.io/component-base/version.gitVersion=${version}`,
      }
      return { version, build: () => build(program) }
    }),
  )
}

/** Go's build cache makes the second time a matter of a second; one process builds, others wait for it. */
async function build({ name, ldflags = '', ...program }: GoProgram): Promise<string> {
  const folder = join(cacheRoot(process.env), 'e2e-clients')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const signal = AbortSignal.timeout(900_000)
  await using _ = await acquireLock(join(folder, `${name}.lock`), { signal, onWait: () => undefined })
  const output = join(folder, name)
  const workDirectory = await mkdtemp(join(folder, 'build-'))
  try {
    const { directory, moduleFile, goPackage } = program
    await buildGoPackages(
      {
        directory,
        ...(moduleFile === undefined ? {} : { moduleFile }),
        packages: [goPackage],
        ldflags: `-s -w ${ldflags}`.trimEnd(),
        output,
      },
      {
        env: process.env,
        platform: platformOf(process.platform, process.arch),
        workDirectory,
        signal,
        report: () => undefined,
      },
    )
  } finally {
    await rm(workDirectory, { recursive: true, force: true })
  }
  return output
}
