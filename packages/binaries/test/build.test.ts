import { execa } from 'execa'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isRecentGo } from '../src/build.ts'
import { type Progress, resolveBinaries, versions } from '../src/index.ts'
import { writeExecutable } from './executables.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const goVersion = await execa('go', ['env', 'GOVERSION'], { reject: false, env: { GOTOOLCHAIN: 'local' } })
const hasGo = !goVersion.failed && isRecentGo(goVersion.stdout)
if (!hasGo) console.warn('Builds are not tested: there is no Go 1.26 or later on the PATH')
// In CI a missing Go is a failure, elsewhere a reason to skip.
const noGo = !hasGo && !process.env['CI']

const timeout = 400_000
const never = new AbortController().signal
// Only a build is of interest, whatever else this machine offers.
const env = {
  ...process.env,
  GATEHOUSE_ETCD: undefined,
  GATEHOUSE_CHECKSUMS: undefined,
  KUBEBUILDER_ASSETS: undefined,
}

/** The processes whose command line names `word`. */
async function processesWith(word: string): Promise<string[]> {
  const { stdout } = await execa('ps', ['-A', '-ww', '-o', 'pid=,args='])
  return stdout.split('\n').filter((line) => line.includes(word))
}

test.skipIf(noGo)('etcd is built from its Go module, and then found in the cache', { timeout }, async () => {
  const cacheDirectory = await temporaryDirectory()
  const phases = new Set<string>()
  const onProgress = ({ phase }: Progress) => phases.add(phase)
  const { etcd } = await resolveBinaries(['etcd'], { env, cacheDirectory, signal: never, onProgress })
  expect(etcd).toMatchObject({ source: 'built', version: versions.etcd })
  const { stdout } = await execa(etcd.path, ['--version'])
  expect(stdout).toContain(`etcd Version: ${versions.etcd.slice(1)}`)
  expect([...phases]).toEqual(['check', 'build', 'done'])
  expect((await readdir(join(etcd.path, '..'))).toSorted()).toEqual(['etcd', 'etcd.json'])

  phases.clear()
  const again = await resolveBinaries(['etcd'], {
    env: { PATH: '' },
    cacheDirectory,
    signal: never,
    onProgress,
  })
  expect(again.etcd).toEqual({ ...etcd, source: 'cache' })
  expect([...phases]).not.toContain('build')
})

test.skipIf(noGo)(
  'an interrupted build leaves nothing half done, and goes on where it was',
  { timeout },
  async () => {
    const directory = await temporaryDirectory()
    const cacheDirectory = join(directory, 'cache')
    /** Interrupts the build at its first compiled package beyond `fraction`; returns how far that is. */
    const interruptAt = async (fraction: number) => {
      const controller = new AbortController()
      let reached = 0
      const onProgress = (step: Progress) => {
        if (step.phase !== 'build' || (step.fraction ?? 0) <= fraction) return
        reached ||= step.fraction ?? 0
        controller.abort(new Error('Ctrl-C'))
      }
      const building = resolveBinaries(['etcd'], {
        // A build cache of its own, so that there is something to interrupt.
        env: { ...env, GOCACHE: join(directory, 'go-build') },
        cacheDirectory,
        signal: controller.signal,
        onProgress,
      })
      await expect(building).rejects.toThrow('Ctrl-C')
      return reached
    }
    expect(await interruptAt(0)).toBeLessThan(0.05)
    await interruptAt(0.2)
    const left = await readdir(cacheDirectory, { recursive: true, withFileTypes: true })
    expect(left.map(({ name }) => name)).toEqual([versions.etcd, expect.stringContaining('-')])
    expect(await processesWith(directory)).toEqual([])
    expect(await interruptAt(0)).toBeGreaterThan(0.05)
  },
)

test.skipIf(noGo)('a build ends when the process that asked for it is killed', { timeout }, async () => {
  const directory = await temporaryDirectory()
  const main = join(import.meta.dirname, '..', 'src', 'main.ts')
  const child = execa(process.execPath, [main, 'etcd', '--cache-directory', join(directory, 'cache')], {
    env: { ...env, GOCACHE: join(directory, 'go-build') },
    reject: false,
  })
  let said = ''
  child.stderr.on('data', (text) => (said += String(text)))
  await expect.poll(() => said, { timeout: 60_000 }).toContain('compiling')
  expect(await processesWith(directory)).not.toEqual([])
  child.kill('SIGKILL')
  await child
  await expect.poll(() => processesWith(directory)).toEqual([])
})

test.skipIf(noGo)('a failed build is told with a command to paste and what go said', async () => {
  const directory = await temporaryDirectory()
  const offline = { ...env, GOPROXY: 'off', GOMODCACHE: join(directory, 'modules') }
  const building = resolveBinaries(['etcd'], { env: offline, cacheDirectory: directory, signal: never })
  const { message } = (await building.catch((error: unknown) => error)) as Error
  expect(message).toMatch(
    /\(cd \S+modules\/etcd && CGO_ENABLED=0 .* go list -deps -mod=readonly \S+ \S+\) failed/,
  )
  expect(message).toContain('module lookup disabled by GOPROXY=off')
})

test('a go that is too old is told from none', async () => {
  const directory = await temporaryDirectory()
  await writeExecutable(join(directory, 'go'), '#!/bin/sh\necho go1.22.1\n')
  const building = resolveBinaries(['etcd'], {
    env: { PATH: directory },
    cacheDirectory: directory,
    signal: never,
  })
  await expect(building).rejects.toThrow('build: `go` is go1.22.1, but Go 1.26 or later is needed')
})
