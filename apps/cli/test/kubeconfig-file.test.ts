import { buildKubeconfig, gatehouseExec, kubeloginExec } from '@gatehouse/kubeconfig'
import { expect, test } from 'vitest'
import { mergeTarget, startGetTokenBy } from '../src/kubeconfig-file.ts'
import { describeMerge } from '../src/terminal/merge.ts'

const login = { issuer: 'https://dex.example', clientId: 'c', extraScopes: [] }
const documentWith = (exec: ReturnType<typeof gatehouseExec>) =>
  buildKubeconfig({ cluster: { name: 'dev', server: 'https://127.0.0.1:1' }, user: { name: 'ada', exec } })

test('a file starts this very program, wherever it is', () => {
  const document = documentWith(gatehouseExec(login))
  expect(startGetTokenBy(document, ['/opt/node', '/opt/main.ts'])).toBe(true)
  expect(document.users[0]?.user.exec).toMatchObject({
    command: '/opt/node',
    args: ['/opt/main.ts', 'get-token', '--issuer=https://dex.example', '--client-id=c'],
  })
})

test('another plugin is left as it is', () => {
  const document = documentWith(kubeloginExec(login))
  const before = structuredClone(document)
  expect(startGetTokenBy(document, ['/opt/node', '/opt/main.ts'])).toBe(false)
  expect(document).toEqual(before)
})

test('new entries go where kubectl would put them', () => {
  expect(mergeTarget(['/nowhere/a', import.meta.filename, '/nowhere/b'])).toBe(import.meta.filename)
  expect(mergeTarget(['/nowhere/a', '/nowhere/b'])).toBe('/nowhere/a')
  expect(() => mergeTarget([])).toThrow('KUBECONFIG names no file')
})

test('a merge is told, with what to type next', () => {
  const changes = [
    { what: 'user', name: "o'hara@dev", change: 'changed', fields: ['token'] },
    { what: 'context', name: "o'hara@dev", change: 'added', fields: [] },
  ] as const
  expect(describeMerge({ file: '/config', backup: '/config.backup', changes }, "o'hara@dev")).toEqual([
    'Merged into /config:',
    "  changed user o'hara@dev (token)",
    "  added context o'hara@dev",
    'What it was before: /config.backup',
    String.raw`Next: kubectl config use-context 'o'\''hara@dev'`,
  ])
  expect(describeMerge({ file: '/config', changes: [] }, 'x')).toEqual(['/config has it all already.'])
})
