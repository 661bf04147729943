import { expect, test } from 'vitest'
import { chooseLogin, type LoginMethod } from '../src/choose-login.ts'
import { CredentialPluginError } from '../src/errors.ts'
import { execCredential, requestedVersion } from '../src/exec-credential.ts'

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
  'asked for %s, terminal %s, desktop %s, device flow %s: %s',
  (asked, terminal, desktop, deviceFlow, way) => {
    expect(chooseLogin({ asked, terminal, desktop, deviceFlow })).toBe(way)
  },
)

const V1 = 'client.authentication.k8s.io/v1'
const V1BETA1 = 'client.authentication.k8s.io/v1beta1'

test('the answer has the version that kubectl asks for, and says when the token ends', () => {
  const tokens = { idToken: 'a.b.c', expiresAt: 1_795_680_000, subject: 's' }
  const info = (apiVersion: string) => JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: {} })
  expect(requestedVersion(undefined)).toBe(V1)
  expect(requestedVersion(info(V1))).toBe(V1)
  expect(execCredential(tokens, requestedVersion(info(V1BETA1)))).toEqual({
    apiVersion: V1BETA1,
    kind: 'ExecCredential',
    status: { token: 'a.b.c', expirationTimestamp: '2026-11-26T08:00:00Z' },
  })
})

test.each(['{', '[]', '{"apiVersion":"client.authentication.k8s.io/v1alpha1","kind":"ExecCredential"}'])(
  'KUBERNETES_EXEC_INFO %j is refused',
  (info) => {
    expect(() => requestedVersion(info)).toThrow(expect.objectContaining({ code: 'ERR_EXEC_INFO' }))
  },
)

test("an issuer's words can not move the cursor of a terminal", () => {
  const { message } = new CredentialPluginError('ERR_LOGIN_FAILED', 'a\u001b[2Jb\rc\u202ed\nf')
  expect(message).toBe('a [2Jb c d f')
})
