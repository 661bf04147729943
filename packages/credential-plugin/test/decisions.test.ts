import { expect, test } from 'vitest'
import { chooseLogin, type LoginMethod } from '../src/choose-login.ts'
import { CredentialPluginError } from '../src/errors.ts'
import { execCredential } from '../src/exec-credential.ts'
import { readExecInfo } from '../src/exec-info.ts'

test.each<[LoginMethod, boolean, boolean, boolean, string | undefined]>([
  ['auto', true, true, true, 'browser'],
  ['auto', true, true, false, 'browser'],
  ['auto', true, false, true, 'device'],
  ['auto', true, false, false, 'link'],
  ['auto', false, true, true, undefined],
  ['auto', false, false, false, undefined],
  ['browser', false, false, false, 'browser'],
  ['link', false, true, true, 'link'],
  ['device', false, true, false, 'device'],
])(
  'asked for %s, attended %s, desktop %s, device flow %s: %s',
  (asked, attended, desktop, deviceFlow, way) => {
    expect(chooseLogin({ asked, attended, desktop, deviceFlow })).toBe(way)
  },
)

const V1 = 'client.authentication.k8s.io/v1'
const V1BETA1 = 'client.authentication.k8s.io/v1beta1'

const info = (spec: object | null = {}, apiVersion = V1) =>
  JSON.stringify({ apiVersion, kind: 'ExecCredential', spec })

test('the answer has the version that kubectl asks for, and says when the token ends', () => {
  const tokens = { idToken: 'a.b.c', expiresAt: 1_795_680_000, subject: 's' }
  expect(readExecInfo(undefined)).toEqual({ apiVersion: V1 })
  expect(readExecInfo(info())).toEqual({ apiVersion: V1 })
  expect(execCredential(tokens, readExecInfo(info({}, V1BETA1)))).toEqual({
    apiVersion: V1BETA1,
    kind: 'ExecCredential',
    status: { token: 'a.b.c', expirationTimestamp: '2026-11-26T08:00:00Z' },
  })
})

test.each([true, false])('kubectl says whether somebody is there to ask: %s', (interactive) => {
  expect(readExecInfo(info({ interactive }))).toMatchObject({ interactive })
})

test.each([
  '{',
  '[]',
  info({}, 'client.authentication.k8s.io/v1alpha1'),
  info({ interactive: 'no' }),
  info({ cluster: {} }),
  info({ cluster: { server: 'nowhere' } }),
])('KUBERNETES_EXEC_INFO %j is refused', (told) => {
  expect(() => readExecInfo(told)).toThrow(expect.objectContaining({ code: 'ERR_EXEC_INFO' }))
})

test.each([
  { server: 'https://api.example:6443', 'certificate-authority-data': 'LS0t', 'tls-server-name': 'x' },
  { server: 'https://api.example:6443', 'insecure-skip-tls-verify': false },
  // kubectl proxy, and what else has a port of this machine.
  { server: 'http://127.0.0.1:8001' },
  { server: 'http://[::1]:8001' },
])('the cluster %j may have the token', (cluster) => {
  expect(readExecInfo(info({ cluster, interactive: false }))).toEqual({ apiVersion: V1, interactive: false })
})

test.each([
  [{ server: 'http://api.example' }, 'without TLS'],
  [{ server: 'http://localhost.example' }, 'without TLS'],
  [{ server: 'ftp://api.example' }, 'without TLS'],
  [{ server: 'https://api.example', 'insecure-skip-tls-verify': true }, 'not verified'],
  [{ server: 'https://127.0.0.1:6443', 'insecure-skip-tls-verify': true }, 'not verified'],
])('the cluster %j gets no token, since it is reached %s', (cluster, why) => {
  expect(() => readExecInfo(info({ cluster }))).toThrow(
    expect.objectContaining({ code: 'ERR_INSECURE_CLUSTER', message: expect.stringContaining(why) }),
  )
})

test("an issuer's words can not move the cursor of a terminal", () => {
  const { message } = new CredentialPluginError('ERR_LOGIN_FAILED', 'a\u001b[2Jb\rc\u202ed\nf')
  expect(message).toBe(String.raw`a\u001b[2Jb\u000dc\u202ed\u000af`)
})
