import { execa } from 'execa'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const supervisor = join(root, 'packages', 'supervisor')

// Node runs no TypeScript under node_modules, so what is packed must be JavaScript.
test(
  'a packed package, installed elsewhere by plain npm, runs and is typed',
  { timeout: 120_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'gatehouse-pack-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))

    await execa('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', directory], { cwd: supervisor })
    const tarball = (await readdir(directory)).find((name) => name.endsWith('.tgz'))
    const consumer = join(directory, 'consumer')
    await mkdir(consumer)
    await writeFile(join(consumer, 'package.json'), '{"name": "consumer", "private": true, "type": "module"}')
    await execa('npm', ['install', '--offline', '--no-audit', '--no-fund', `../${tarball}`], {
      cwd: consumer,
    })

    const installed = join(consumer, 'node_modules', '@gatehouse', 'supervisor')
    const files = await readdir(installed, { recursive: true })
    expect(files).toContain(join('dist', 'index.js'))
    expect(files.filter((file) => /(?<!\.d)\.ts$|test|tsconfig/.test(file))).toEqual([])
    const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
    expect(JSON.stringify(exports)).not.toContain('src')

    await writeFile(join(consumer, 'run.ts'), script)
    const { stdout } = await execa(process.execPath, ['run.ts'], { cwd: consumer })
    expect(JSON.parse(stdout)).toEqual({ phase: 'healthy', log: 'hello from the child', after: 'stopped' })

    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')]
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'es2024,esnext.disposable',
    ]
    await execa('tsc', [...flags, ...types, 'run.ts'], { cwd: consumer, localDir: root, preferLocal: true })
  },
)

/** Starts a process by the installed package, and prints its state before and after its end. */
const script = `
import { Supervisor, tailOfLog } from '@gatehouse/supervisor'

const supervisor: Supervisor = new Supervisor()
const child = 'console.log("hello from the child"); setInterval(() => {}, 1000)'
const logFile = process.cwd() + '/child.log'
const isHealthy = async (): Promise<boolean> => (await tailOfLog(logFile, 1)).length > 0
const spec = { name: 'child', command: process.execPath, args: ['-e', child], env: {}, logFile, isHealthy }
await supervisor.start([spec], AbortSignal.timeout(20_000))
const [before] = supervisor.states()
await supervisor.stop()
const [after] = supervisor.states()
const [log] = await tailOfLog(logFile, 1)
console.log(JSON.stringify({ phase: before?.phase, log, after: after?.phase }))
`
