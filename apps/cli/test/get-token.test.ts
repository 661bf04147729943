import { join } from 'node:path'
import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import { isDesktop } from '../src/browser.ts'

const MAIN = join(import.meta.dirname, '../src/main.ts')

/** What the command says and how it ends, outside of any terminal. */
function getToken(args: readonly string[], env: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [MAIN, 'get-token', ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr })
    })
  })
}

const ISSUER = ['--issuer=http://dex.example', '--client-id=c', '--cache-dir=/nowhere']

test('an error is on standard error alone, since kubectl reads the other', async () => {
  expect(await getToken(ISSUER)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('the issuer "http://dex.example" is not an https URL'),
  })
})

test('bad usage is told apart from a login that failed', async () => {
  expect(await getToken(['--issuer=https://dex.example'])).toMatchObject({ code: 2, stdout: '' })
  expect(await getToken([...ISSUER, '--login=magic'])).toMatchObject({ code: 2, stdout: '' })
  expect(await getToken([...ISSUER, '--timeout=0'])).toMatchObject({ code: 2, stdout: '' })
})

test('a kubectl that asks for another version is refused', async () => {
  const KUBERNETES_EXEC_INFO = JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v2',
    kind: 'ExecCredential',
  })
  expect(await getToken(ISSUER, { KUBERNETES_EXEC_INFO })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('set the apiVersion of the exec entry'),
  })
})

test.each<[Record<string, string>, NodeJS.Platform, boolean]>([
  [{ DISPLAY: ':0' }, 'linux', true],
  [{ WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true],
  [{}, 'linux', false],
  [{ DISPLAY: 'localhost:10.0', SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'linux', false],
  [{}, 'darwin', true],
  [{ SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'darwin', false],
])('with %j on %s a browser shows on this screen: %s', (env, platform, expected) => {
  expect(isDesktop(env, platform)).toBe(expected)
})
