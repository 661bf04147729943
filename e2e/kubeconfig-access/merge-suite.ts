import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CLI } from '@gatehouse/e2e-path-b/gatehouse'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import type { World } from './world.ts'

const OLD = `# mine
apiVersion: v1
kind: Config
current-context: home # where I work
contexts:
- {name: home, context: {cluster: home, user: me}}
clusters:
- name: home
  cluster:
    server: https://home.example:6443 # in the cellar
users:
- name: me
  user: {token: "my own"}
`

/** `gatehouse kubeconfig --merge` into a file that is there, and what kubectl makes of it. */
export function testMerge(opened: () => World): void {
  describe('gatehouse kubeconfig --merge', () => {
    let home: string
    let config: string
    beforeAll(async () => {
      home = await opened().newHome()
      config = join(home, '.kube', 'config')
      await mkdir(join(home, '.kube'), { recursive: true, mode: 0o700 })
      await writeFile(config, OLD, { mode: 0o644 })
    })

    /** gatehouse and kubectl of somebody with a home of their own. */
    const run = (command: string, ...args: string[]) =>
      execa(command, args, {
        env: { HOME: home, GATEHOUSE_STATE_DIR: opened().stack.directory, PATH: process.env['PATH'] ?? '' },
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
      })
    const gatehouse = (...args: string[]) => run(process.execPath, CLI, ...args)
    const kubectl = (...args: string[]) => run(opened().stack.status.cluster!.kubectl, ...args)

    test('a kubeconfig is merged into ~/.kube/config, and every other line stays', async () => {
      const merged = await gatehouse('kubeconfig', 'developer@kyma.cx', '--merge', '--namespace', 'workshop')
      expect(merged).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Merged into ${config}`) })
      expect(merged.stdout).toContain('kubectl config use-context developer@kyma.cx@gatehouse')
      const now = await readFile(config, 'utf8')
      expect(now.split('\n')).toEqual(expect.arrayContaining(OLD.split('\n')))
      expect((await stat(config)).mode & 0o777).toBe(0o600)
      const backup = (await readdir(join(home, '.kube'))).find((name) => name.startsWith('config.backup-'))
      expect(await readFile(join(home, '.kube', backup!), 'utf8')).toBe(OLD)
      expect(await kubectl('config', 'current-context')).toMatchObject({ stdout: 'home' })
      const whoami = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']
      expect(await kubectl('--context', 'developer@kyma.cx@gatehouse', ...whoami)).toMatchObject({
        stdout: 'developer@kyma.cx',
      })
    })

    test('a second person beside the first, and the switch that was asked for', async () => {
      expect(await gatehouse('kubeconfig', 'admin@kyma.cx', '--merge', '--use')).toMatchObject({
        exitCode: 0,
      })
      const { stdout } = await kubectl('config', 'get-contexts', '-o', 'name')
      expect(stdout.split('\n')).toEqual(['admin@kyma.cx@gatehouse', 'developer@kyma.cx@gatehouse', 'home'])
      expect(await kubectl('get', 'nodes', '-o', 'name')).toMatchObject({ stdout: 'node/gatehouse-node' })
    })

    test('kubectl and gatehouse change the file one after the other', async () => {
      expect(await kubectl('config', 'set-context', '--current', '--namespace=workshop')).toMatchObject({
        exitCode: 0,
      })
      expect(await gatehouse('kubeconfig', 'developer@kyma.cx', '--merge')).toMatchObject({ exitCode: 0 })
      const { stdout } = await kubectl('config', 'view', '--minify', '-o', 'jsonpath={..namespace}')
      expect(stdout).toBe('workshop')
    })

    test("a cluster's admin kubeconfig goes past the proxy, and who may not have it is told why", async () => {
      const file = join(home, 'admin.yml')
      const admin = await gatehouse('kubeconfig', 'admin@kyma.cx', '--admin', '-o', file)
      expect(admin).toMatchObject({ exitCode: 0 })
      const server = ['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}']
      expect(await kubectl('--kubeconfig', file, ...server)).toMatchObject({
        stdout: opened().stack.status.cluster!.server,
      })
      expect(await kubectl('--kubeconfig', file, 'get', 'nodes', '-o', 'name')).toMatchObject({
        stdout: 'node/gatehouse-node',
      })
      const refused = await gatehouse('kubeconfig', 'developer@kyma.cx', '--admin')
      expect(refused).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining('answered 403'),
      })
    })

    test('a file that others may write to is left alone', async () => {
      const shared = join(home, 'shared')
      await writeFile(shared, OLD, { mode: 0o600 })
      await execa('chmod', ['666', shared])
      const refused = await execa(process.execPath, [CLI, 'kubeconfig', 'admin@kyma.cx', '--merge'], {
        env: { KUBECONFIG: shared, HOME: home, GATEHOUSE_STATE_DIR: opened().stack.directory },
        reject: false,
      })
      expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('others may write to') })
      expect(await readFile(shared, 'utf8')).toBe(OLD)
    })
  })
}
