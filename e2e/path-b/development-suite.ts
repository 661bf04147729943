import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { StackStatus } from '@gatehouse/stack/running'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { CLI, statusOf, type TestStack } from './gatehouse.ts'
import { processesAbout } from './processes.ts'
import { LOGGED_OUT } from './refusal.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A command in a process group of its own, with what it has printed so far. */
function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true })
  const printed = { text: '' }
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed.text += chunk.toString()))
  return { child, printed, closed: once(child, 'close') }
}

/** Ends a whole process group, as Ctrl-C in its terminal does; one that has ended already is fine. */
async function interrupt({ child, closed }: ReturnType<typeof run>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT')
  await closed
}

/** The entry of each service, relative to the repository; the rest of a stack's processes are no service of ours. */
const mainOf = (service: string) => `apps/${service}/src/main.ts`

const find = ({ processes }: StackStatus, name: string) => processes.find((process) => process.name === name)!

/**
 * A stack as somebody has it who works on one of its services: in the foreground, without that one, restarted when a
 * source is saved, and with new data. `earlier` has ended; what it had in the cluster is the namespace `kept`.
 */
export function testDevelopment(earlier: () => TestStack): void {
  describe('up --fresh --without dex --watch', () => {
    let up: ReturnType<typeof run>
    let dex: ReturnType<typeof run>
    beforeAll(async () => {
      const { directory } = earlier()
      up = run(process.execPath, [CLI, 'up', '--fresh', '--without', 'dex', '--watch'], directory, {
        GATEHOUSE_STATE_DIR: directory,
      })
      const command = await vi.waitUntil(
        () => /dex is yours to run: pnpm (.*)\n/.exec(up.printed.text)?.[1],
        {
          timeout: 60_000,
        },
      )
      dex = run('npx', ['-y', 'pnpm@12', ...command.split(' ')], ROOT)
      await vi.waitUntil(
        () => {
          if (dex.child.exitCode !== null) throw new Error(`dex by hand has ended:\n${dex.printed.text}`)
          return up.printed.text.includes('All healthy after')
        },
        { timeout: 90_000 },
      )
    })
    afterAll(async () => {
      for (const one of [up, dex]) if (one) await interrupt(one)
    })
    const gatehouse = (...args: string[]) => earlier().gatehouse(...args)
    const status = () => statusOf(gatehouse)
    /** An administrator's kubeconfig of this start. */
    let kubeconfig: string
    beforeAll(async () => {
      kubeconfig = join(earlier().directory, 'fresh.yml')
      const written = await gatehouse('kubeconfig', 'admin@kyma.cx', '-o', kubeconfig)
      if (written.exitCode !== 0) throw new Error(written.stderr)
    })

    test('the service that somebody runs by hand is waited for, and works with the rest', async () => {
      const own = find(await status(), 'dex')
      expect(own).toMatchObject({ phase: 'healthy' })
      expect(own).not.toHaveProperty('pid')
      expect(await gatehouse('token', 'admin@kyma.cx')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^ey/),
      })
    })

    test('the data of the cluster and of dex is forgotten, and the manifests are applied again', async () => {
      const { terminalAt, terminalOf } = earlier()
      const old = parse(await readFile((await terminalOf('admin@kyma.cx')).kubeconfig, 'utf8')) as {
        users: [{ user: { token: string } }]
      }
      const { kubectl } = terminalAt(kubeconfig)
      // Another issuer in all but name: its keys are new. Its ports may be, too.
      expect(await kubectl('get', 'namespaces', `--token=${old.users[0].user.token}`)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(LOGGED_OUT),
      })
      const { stdout } = await kubectl('get', 'namespaces,recipes', '-A', '-o', 'name')
      expect(stdout.split('\n')).toContain('namespace/workshop')
      expect(stdout.split('\n')).toContain('recipe.kitchen.example/today')
      expect(stdout).not.toContain('namespace/kept')
    })

    test(
      'a save in the source of a service restarts that service and no other, also while somebody watches',
      { timeout: 300_000 },
      async () => {
        let before = await status()
        const services = before.processes.filter(
          ({ name, pid }) => pid && existsSync(join(ROOT, mainOf(name))),
        )
        expect(services.length).toBeGreaterThan(3)
        const pidsWithout = ({ processes }: StackStatus, name: string) =>
          processes.filter((one) => one.name !== name).map((one) => [one.name, one.pid])
        const took: string[] = []
        for (const { name } of services) {
          // It may end with the service, which is its right.
          await using _watch = await startWatch()
          const savedAt = await save(name)
          const after = await status()
          const { healthyAt, ...service } = find(after, name)
          expect(service).toMatchObject({ phase: 'healthy', restarts: find(before, name).restarts + 1 })
          expect(service.pid).not.toBe(find(before, name).pid)
          expect(pidsWithout(after, name)).toEqual(pidsWithout(before, name))
          took.push(`${name} ${healthyAt! - savedAt} ms`)
          before = after
        }
        expect(await gatehouse('kubeconfig', 'admin@kyma.cx')).toMatchObject({ exitCode: 0 })
        // How long is not asserted: a machine that does other things takes longer.
        console.info(`from a save to healthy again: ${took.join(', ')}`)
      },
    )

    /** Saves a service's entry, and waits until the stack says that it is healthy again; when it was saved. */
    async function save(service: string): Promise<number> {
      const said = up.printed.text.length
      const now = new Date()
      // Only the times change: the file is the repository's own.
      await utimes(join(ROOT, mainOf(service)), now, now)
      await vi.waitUntil(() => up.printed.text.slice(said).includes(`\n${service}: healthy after`), {
        timeout: 60_000,
      })
      return now.getTime()
    }

    /** A `kubectl get --watch` that has begun, through the proxy. */
    async function startWatch(): Promise<AsyncDisposable> {
      const {
        directory,
        status: { cluster },
      } = earlier()
      const args = ['--kubeconfig', kubeconfig, 'get', 'namespaces', '--watch']
      const watch = run(cluster!.kubectl, args, directory, { HOME: directory })
      await vi.waitUntil(() => watch.printed.text.includes('kube-system'), { timeout: 60_000 })
      return { [Symbol.asyncDispose]: () => interrupt(watch) }
    }

    test('Ctrl-C ends it with exit code 0, but not what somebody runs by hand, and nothing else survives', async () => {
      await interrupt(up)
      expect(up.child.exitCode).toBe(0)
      expect(up.printed.text).toContain('Everything has ended.')
      // Not a terminal: no colours, no cursor movement.
      expect(up.printed.text).not.toContain('\u001B')
      expect(dex.child).toMatchObject({ exitCode: null, signalCode: null })
      await interrupt(dex)
      expect(await processesAbout(earlier().directory)).toEqual([])
    })
  })
}
