import { expect, test } from 'vitest'
import { sourceFolders } from '../src/sources.ts'

test('a service is made of its own source and of every package behind it', async () => {
  const folders = await sourceFolders(import.meta.resolve('@gatehouse/kubeconfig-generator/main'))
  const names = folders.map((folder) => folder.split('/').slice(-3, -1).join('/'))
  expect(names).toContain('apps/kubeconfig-generator')
  // server is a direct dependency, and pki one of those of authentication.
  expect(names).toContain('packages/server')
  expect(names).toContain('packages/pki')
  expect(names).not.toContain('packages/cluster')
})
