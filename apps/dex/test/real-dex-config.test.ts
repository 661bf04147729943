import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '@gatehouse/server'
import { expect, test } from 'vitest'
import { startDex } from '../src/app.ts'
import { loadDexConfig } from '../src/config/dex-config.ts'
import { configWarnings } from '../src/config/warnings.ts'
import { HASH_OF_PASSWORD } from './test-dex.ts'

/** As operators have it, for a Dex in a cluster. */
const OPERATORS_FILE = `
issuer: http://127.0.0.1/dex
storage:
  type: kubernetes
  config:
    inCluster: true
web:
  http: 127.0.0.1:0
  allowedOrigins: ['*']
  headers:
    Strict-Transport-Security: max-age=31536000
telemetry:
  http: 127.0.0.1:0
  enableProfiling: true
grpc:
  addr: 0.0.0.0:5557
  tlsCert: server.crt
  tlsKey: server.key
frontend:
  issuer: My Company
  theme: dark
logger:
  level: info
  format: text
expiry:
  deviceRequests: 5m
  signingKeys: 6h
  idTokens: 24h
  authRequests: 24h
  refreshTokens:
    disableRotation: false
    reuseInterval: 3s
    validIfNotUsedFor: 2160h
    absoluteLifetime: 3960h
oauth2:
  responseTypes: [code, token, id_token]
  grantTypes:
    - authorization_code
    - refresh_token
    - urn:ietf:params:oauth:grant-type:device_code
    - urn:ietf:params:oauth:grant-type:token-exchange
  skipApprovalScreen: true
  alwaysShowLoginScreen: false
  passwordConnector: local
staticClients:
  - id: example-app
    redirectURIs: ['http://127.0.0.1:5555/callback', /device/callback]
    name: Example App
    secretEnv: EXAMPLE_APP_SECRET
  - id: cli
    name: CLI
    public: true
    trustedPeers: [example-app]
connectors:
  - type: oidc
    id: google-oidc
    name: Google
    config:
      issuer: https://accounts.google.com
      clientID: $GOOGLE_CLIENT_ID
      clientSecret: $GOOGLE_CLIENT_SECRET
      redirectURI: http://127.0.0.1/dex/callback
      hostedDomains: [example.com]
      insecureEnableGroups: true
      claimMapping:
        groups: roles
  - type: ldap
    id: ldap
    name: OpenLDAP
    config:
      host: localhost:389
      insecureNoSSL: true
      bindDN: cn=admin,dc=example,dc=org
      bindPW: admin
      usernamePrompt: Email Address
      userSearch:
        baseDN: ou=People,dc=example,dc=org
        username: mail
        idAttr: DN
  - type: gitlab
    id: gitlab
    name: GitLab
    config:
      baseURL: https://gitlab.example.com
      clientID: $GITLAB_CLIENT_ID
enablePasswordDB: true
staticPasswords:
  - email: admin@example.com
    hashFromEnv: ADMIN_HASH
    username: admin
    userID: 08a8684b-db88-4b73-90a9-3cd1661f5466
`

test('a real Dex’s file starts the mock, which says what is otherwise here', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dex-real-'))
  try {
    const file = join(directory, 'config.yaml')
    await writeFile(file, OPERATORS_FILE)
    const config = await loadDexConfig(file, {
      EXAMPLE_APP_SECRET: 's',
      ADMIN_HASH: HASH_OF_PASSWORD,
      GOOGLE_CLIENT_ID: 'google-client',
    })
    expect(configWarnings(config).map(({ path }) => path)).toEqual([
      '/storage/config/inCluster',
      '/connectors/1/type',
      '/connectors/2/type',
      '/oauth2/grantTypes/3',
      '/frontend',
      '/grpc',
      '/web/headers',
      '/telemetry/enableProfiling',
      '/logger/format',
    ])
    expect(config.connectors[0]).toMatchObject({ config: { clientID: 'google-client', clientSecret: '' } })

    const lines: string[] = []
    const logger = createLogger({ name: 'dex', destination: { write: (line) => void lines.push(line) } })
    const service = await startDex(config, { logger })
    try {
      expect(lines.join('')).toContain('gitlab is not known: the mock asks who to be instead')
      const discovery = await fetch(`${service.urls['http']}/dex/.well-known/openid-configuration`)
      expect(await discovery.json()).toMatchObject({
        response_types_supported: ['code', 'id_token', 'token'],
        grant_types_supported: [
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code',
        ],
      })
    } finally {
      await service.drain()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
