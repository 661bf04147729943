import { expect, test } from 'vitest'
import { parseKubeconfig, redactKubeconfig } from '../src/index.ts'

test('secrets that kubectl shows are hidden, too', () => {
  const user = {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'kubectl',
      args: ['oidc-login', '--oidc-client-secret=hunter2', '--password=hunter2', '--oidc-client-id=public'],
      env: [{ name: 'SECRET', value: 'hunter2' }],
    },
    'auth-provider': { name: 'oidc', config: { 'refresh-token': 'hunter2', __proto__: 'hunter2' } },
    token: 'hunter2',
    password: 'hunter2',
    'client-key-data': 'hunter2',
  }
  const redacted = redactKubeconfig(parseKubeconfig(JSON.stringify({ users: [{ name: 'u', user }] })))
  expect(JSON.stringify(redacted)).not.toContain('hunter2')
  expect(redacted.users[0]?.user.exec?.args).toEqual([
    'oidc-login',
    '--oidc-client-secret=REDACTED',
    '--password=REDACTED',
    '--oidc-client-id=public',
  ])
})
