import { expect, test } from 'vitest'
import { issuersSchema, toAuthenticationConfiguration } from '../src/index.ts'

const valid = { url: 'https://dex.gatehouse.localhost:8443', audiences: ['kyma-client'] }

test.each([
  ['plain http', { url: 'http://dex.example' }, 'https://'],
  ['a query', { url: 'https://dex.example?x=1' }, 'query'],
  ['a password in the URL', { url: 'https://a:b@dex.example' }, 'password'],
  ['no audience', { audiences: [] }, ''],
  ['a symmetric algorithm', { signingAlgorithms: ['HS256'] }, ''],
  ['algorithm none', { signingAlgorithms: ['none'] }, ''],
  ['a prefix in system:', { usernamePrefix: 'system:' }, 'system:'],
  ['an unknown key', { audience: 'kyma-client' }, 'audience'],
])('%s is a configuration error', (_what, over, message) => {
  const result = issuersSchema.safeParse([{ ...valid, ...over }])
  expect(result.success).toBe(false)
  expect(JSON.stringify(result.error?.issues)).toContain(message)
})

test('one issuer twice is a configuration error', () => {
  expect(issuersSchema.safeParse([valid, valid]).error?.issues[0]?.message).toContain('twice')
})

test('settings become an AuthenticationConfiguration with claim mappings and rules for names', () => {
  const issuers = issuersSchema.parse([
    {
      ...valid,
      discoveryURL: 'https://127.0.0.1:5556/.well-known/openid-configuration',
      certificateAuthorityFile: '/ca.crt',
      requiredClaims: { hd: 'kyma.cx' },
    },
    { url: 'https://public.example', audiences: ['a', 'b'], usernameClaim: 'sub', usernamePrefix: 'p:' },
  ])
  const { jwt, ...rest } = toAuthenticationConfiguration(issuers, { certificateAuthorityPem: 'PEM' })
  expect(rest).toEqual({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' })
  expect(jwt[0]).toMatchObject({
    issuer: {
      url: valid.url,
      discoveryURL: 'https://127.0.0.1:5556/.well-known/openid-configuration',
      certificateAuthority: 'PEM',
      audiences: ['kyma-client'],
      audienceMatchPolicy: 'MatchAny',
    },
    claimMappings: { username: { claim: 'email', prefix: '' }, groups: { claim: 'groups', prefix: '' } },
    claimValidationRules: [{ claim: 'hd', requiredValue: 'kyma.cx' }],
  })
  expect(jwt[1]?.issuer).not.toHaveProperty('certificateAuthority')
  expect(jwt[1]?.claimMappings.username).toEqual({ claim: 'sub', prefix: 'p:' })
  expect(jwt[1]?.userValidationRules.map(({ expression }) => expression).join()).toContain(
    "startsWith('system:')",
  )
})
