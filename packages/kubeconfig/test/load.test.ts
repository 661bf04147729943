import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { kubeconfigFiles, readKubeconfig } from '../src/index.ts'
import { runKubectl } from './kubectl.ts'
import { temporaryDirectory } from './temporary-directory.ts'

test.each<[string | undefined, string[]]>([
  [undefined, ['/home/a/.kube/config']],
  ['', ['/home/a/.kube/config']],
  ['/x', ['/x']],
  ['/x:/y', ['/x', '/y']],
  [':/x::/y:/x:', ['/x', '/y']],
  [':', []],
])('KUBECONFIG=%j names %j', (KUBECONFIG, files) => {
  expect(kubeconfigFiles({ KUBECONFIG }, '/home/a')).toEqual(files)
})

test("a plugin's path is relative to its kubeconfig, as for kubectl, and a bare name is not a path", async () => {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  await mkdir(join(directory.path, 'bin'))
  const plugin = join(directory.path, 'bin', 'plugin')
  await writeFile(plugin, '#!/bin/sh\necho "the plugin ran" >&2\nexit 1\n')
  await chmod(plugin, 0o700)
  const file = join(directory.path, 'config')
  const exec = (command: string) => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' },
  })
  const users = [
    { name: 'path', user: exec('bin/plugin') },
    { name: 'name', user: exec('plugin') },
  ]
  const clusters = [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }]
  await writeFile(file, JSON.stringify({ clusters, users }))
  const { users: read } = await readKubeconfig(file)
  expect(read.map(({ user }) => user.exec?.command)).toEqual([plugin, 'plugin'])
  const get = runKubectl([file], 'get', '--raw', '/', '--user=path', '--cluster=c')
  await expect(get).rejects.toThrow('the plugin ran')
})
