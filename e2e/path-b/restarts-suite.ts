import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { statusOf, type TestStack } from './gatehouse.ts'
import { processesAbout } from './processes.ts'
import { LOGGED_OUT } from './refusal.ts'

const ADMIN = 'admin@kyma.cx'

/** Makes something in a stack that runs, by which the next start can be known to have its data. */
export async function keepSomething({ terminalOf }: TestStack): Promise<void> {
  const admin = await terminalOf(ADMIN)
  expect(await admin.kubectl('create', 'namespace', 'kept')).toMatchObject({ exitCode: 0 })
}

/** Starts a stack again that has ended in order, with the data that was kept; then its owner is killed. */
export function testRestarts(opened: () => TestStack, configuration: object): void {
  describe('the next start', () => {
    test('has the addresses, the passwords and the data of the last one', async () => {
      const { directory, gatehouse, status, passwordOf, terminalOf } = opened()
      const file = join(directory, 'short-tokens.yaml')
      await writeFile(file, stringify({ ...configuration, identity: { idTokenLifetime: '8s' } }))
      const { exitCode, stdout, stderr } = await gatehouse('up', '--detach', '--config', file)
      // With what it said, should it fail.
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.any(String) })
      expect(stdout).toContain('All healthy after')
      const again = await statusOf(gatehouse)
      expect(again.phase).toBe('running')
      expect(new Set(again.processes.map(({ phase }) => phase))).toEqual(new Set(['healthy']))
      expect(again.urls).toEqual(status.urls)
      expect(await gatehouse('password', ADMIN)).toMatchObject({ stdout: await passwordOf(ADMIN) })
      // By a kubeconfig of the last one, so dex has kept its keys as well.
      const admin = await terminalOf(ADMIN)
      expect(await admin.kubectl('get', 'namespace', 'kept', '-o', 'name')).toMatchObject({
        stdout: 'namespace/kept',
      })
    })

    test('has the settings of now: a token is good until it expires, and refused after that', async () => {
      const { idToken, terminalWith } = opened()
      const { kubectl } = await terminalWith(ADMIN, { token: await idToken(ADMIN) })
      const getPods = () => kubectl('get', 'pods')
      expect(await getPods()).toMatchObject({ exitCode: 0 })
      await expect
        .poll(getPods, { interval: 500 })
        .toMatchObject({ exitCode: 1, stderr: expect.stringMatching(LOGGED_OUT) })
    })

    test('has no second one beside it', async () => {
      expect(await opened().gatehouse('up', '--detach')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('is already running'),
      })
    })

    test('leaves no process behind when its owner is killed', async () => {
      const { directory, gatehouse } = opened()
      const { pid } = await statusOf(gatehouse)
      process.kill(pid, 'SIGKILL')
      await expect.poll(() => processesAbout(directory)).toEqual([])
    })
  })
}
