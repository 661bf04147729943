import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigurationError } from '@gatehouse/server'
import { afterAll, describe, expect, test } from 'vitest'
import { parseListenAddress } from '../src/config/address.ts'
import { type DexConfig, dexConfigSchema, loadDexConfig } from '../src/config/dex-config.ts'
import { parseDuration } from '../src/config/duration.ts'
import { expandEnv } from '../src/config/expand-env.ts'
import { HASH_OF_PASSWORD } from './test-dex.ts'

const directory = await mkdtemp(join(tmpdir(), 'dex-config-'))
afterAll(() => rm(directory, { recursive: true, force: true }))

const MINIMAL = {
  issuer: 'http://127.0.0.1:5556/dex',
  storage: { type: 'memory' },
  web: { http: '127.0.0.1:5556' },
  enablePasswordDB: true,
}
const USER = { email: 'a@example.com', userID: '1', hash: HASH_OF_PASSWORD }
const UPSTREAM = {
  type: 'oidc',
  id: 'u',
  name: 'U',
  config: {
    issuer: 'https://upstream.example',
    clientID: 'dex',
    clientSecret: '$SECRET',
    redirectURI: 'http://127.0.0.1:5556/dex/callback',
  },
}
const CLIENT = { id: 'app', secret: 's', redirectURIs: ['https://app.example.com/callback'] }

function parse(settings: object, env: Record<string, string> = {}): DexConfig {
  return dexConfigSchema(env).parse({ ...MINIMAL, ...settings })
}

/** The paths of the problems, with `problem` of each. */
function problemsOf(settings: object, env: Record<string, string> = {}): Record<string, string> {
  const { error } = dexConfigSchema(env).safeParse({ ...MINIMAL, ...settings })
  return Object.fromEntries((error?.issues ?? []).map(({ path, message }) => [path.join('/'), message]))
}

describe('durations of Go', () => {
  test.each([
    ['24h', 86_400_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['.5m', 30_000],
    ['300ms', 300],
    ['2h45m10s5ms', 9_910_005],
    ['0', 0],
    ['', undefined],
    ['5', undefined],
    ['5d', undefined],
    ['-5m', undefined],
    ['5 m', undefined],
    ['forever', undefined],
    ['5m!', undefined],
  ])('%j lasts %s ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected)
  })
})

describe('addresses of Go', () => {
  test.each([
    ['127.0.0.1:5556', { host: '127.0.0.1', port: 5556 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    [':5556', { host: '::', port: 5556 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['127.0.0.1', undefined],
    ['5556', undefined],
    ['::1:5556', undefined],
    ['127.0.0.1:99999', undefined],
    ['http://127.0.0.1:80', undefined],
  ])('%j', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected)
  })
})

describe('$NAME in a configuration', () => {
  const env = { HOME: '/root', EMPTY: '', QUOTE: 'a"b' }
  test.each([
    ['$HOME/dex.db', '/root/dex.db'],
    ['${HOME}dex', '/rootdex'],
    ['$QUOTE$EMPTY', 'a"b'],
    ['$UNSET|', '|'],
    ['100%', '100%'],
  ])('%j becomes %j', (text, expected) => {
    expect(expandEnv({ list: [text], number: 1, nothing: null }, env)).toEqual({
      list: [expected],
      number: 1,
      nothing: null,
    })
  })

  test('stays where DEX_EXPAND_ENV is false', () => {
    expect(expandEnv('$HOME', { ...env, DEX_EXPAND_ENV: 'false' })).toBe('$HOME')
  })

  test('is replaced in the configuration of the storage, and not in a hash', () => {
    const config = parse(
      { storage: { type: 'sqlite3', config: { file: '$DIR/dex.db' } }, staticPasswords: [USER] },
      { DIR: '/tmp/x', b2U8: 'never' },
    )
    expect(config.storage).toEqual({ type: 'sqlite3', config: { file: '/tmp/x/dex.db' } })
    expect(config.staticPasswords[0]?.hash).toBe(HASH_OF_PASSWORD)
  })
})

test('the defaults are those of Dex', () => {
  const { expiry, oauth2, web } = parse({})
  expect(expiry).toEqual({
    signingKeys: 6 * 3600,
    idTokens: 24 * 3600,
    authRequests: 24 * 3600,
    deviceRequests: 300,
    refreshTokens: { disableRotation: false },
  })
  expect(oauth2).toMatchObject({
    skipApprovalScreen: false,
    alwaysShowLoginScreen: false,
    responseTypes: ['code'],
  })
  expect(web.allowedOrigins).toEqual([])
})

describe('a static password', () => {
  test.each<[string, object, object]>([
    [
      'has its username as name',
      { username: 'u' },
      { name: 'u', preferredUsername: '', emailVerified: true },
    ],
    [
      'has a name of its own',
      { username: 'u', name: 'N', preferredUsername: 'p' },
      { name: 'N', preferredUsername: 'p' },
    ],
    ['may be unverified', { emailVerified: false }, { emailVerified: false }],
    ['may have its hash in base64', { hash: btoa(HASH_OF_PASSWORD) }, { hash: HASH_OF_PASSWORD }],
    ['may have its hash in a variable', { hash: undefined, hashFromEnv: 'HASH' }, { hash: HASH_OF_PASSWORD }],
  ])('%s', (_, settings, expected) => {
    const { staticPasswords } = parse(
      { staticPasswords: [{ ...USER, ...settings }] },
      { HASH: HASH_OF_PASSWORD },
    )
    expect(staticPasswords[0]).toMatchObject(expected)
  })
})

test('id and secret of a client may come from variables', () => {
  const env = { ID: 'from-env', SECRET: 'secret-from-env' }
  const client = { idEnv: 'ID', secretEnv: 'SECRET', redirectURIs: CLIENT.redirectURIs }
  expect(parse({ staticClients: [client] }, env).staticClients[0]).toMatchObject({
    id: 'from-env',
    secret: 'secret-from-env',
  })
})

describe('what is wrong is reported with its path', () => {
  test.each<[string, object, string, RegExp]>([
    ['an issuer that is no URL', { issuer: 'dex' }, 'issuer', /not an http or https URL/],
    ['an issuer with a query', { issuer: 'https://a/?b' }, 'issuer', /no query/],
    ['an unknown setting', { grcp: {} }, '', /grcp/],
    ['an unknown setting further in', { web: { http: ':1', header: {} } }, 'web', /header/],
    ['an unknown storage', { storage: { type: 'x' } }, 'storage/type', /not a storage type/],
    [
      'a storage in no cluster',
      { storage: { type: 'kubernetes', config: {} } },
      'storage/config',
      /needs kubeConfigFile, or inCluster: true/,
    ],
    [
      'a storage without a file',
      { storage: { type: 'sqlite3', config: { file: '$UNSET' } } },
      'storage/config/file',
      /empty/,
    ],
    ['nowhere to listen', { web: {} }, 'web', /http or https/],
    ['TLS without a certificate', { web: { https: ':1' } }, 'web/tlsCert', /missing/],
    [
      'TLS versions the wrong way round',
      { web: { http: ':1', tlsMinVersion: '1.3', tlsMaxVersion: '1.2' } },
      'web/tlsMinVersion',
      /above/,
    ],
    [
      'an origin with a path',
      { web: { http: ':1', allowedOrigins: ['https://a.example/'] } },
      'web/allowedOrigins/0',
      /not an origin/,
    ],
    [
      'a response type that is not there',
      { oauth2: { responseTypes: ['code', 'none'] } },
      'oauth2/responseTypes/1',
      /it has: code, id_token, token/,
    ],
    [
      'a grant type that is not there',
      { oauth2: { grantTypes: ['client_credentials'] } },
      'oauth2/grantTypes/0',
      /it has: authorization_code, implicit, password, refresh_token/,
    ],
    [
      'a password grant by nobody',
      { oauth2: { passwordConnector: 'ldap' } },
      'oauth2/passwordConnector',
      /ldap is not the id of a connector/,
    ],
    [
      'a password grant by a connector without passwords',
      {
        oauth2: { passwordConnector: 'm' },
        connectors: [{ type: 'mockCallback', id: 'm', name: 'M' }],
      },
      'oauth2/passwordConnector',
      /takes no passwords/,
    ],
    ['a duration', { expiry: { idTokens: '1 day' } }, 'expiry/idTokens', /not a duration/],
    ['a duration of nothing', { expiry: { idTokens: '10ms' } }, 'expiry/idTokens', /too short/],
    [
      'a connector without a type',
      { connectors: [{ id: 'l', name: 'L' }] },
      'connectors/0/type',
      /needs a type/,
    ],
    [
      'a mistyped setting of an upstream issuer',
      { connectors: [{ ...UPSTREAM, config: { ...UPSTREAM.config, clientId: 'x' } }] },
      'connectors/0/config',
      /clientId/,
    ],
    [
      'a callback that is not ours',
      { connectors: [{ ...UPSTREAM, config: { ...UPSTREAM.config, redirectURI: 'https://a.example/cb' } }] },
      'connectors/0/config/redirectURI',
      /is not http:\/\/127.0.0.1:5556\/dex\/callback or http:.*\/callback\/u/,
    ],
    [
      'a pattern for groups that is none',
      {
        connectors: [
          {
            ...UPSTREAM,
            config: { ...UPSTREAM.config, claimModifications: { filterGroupClaims: { groupsFilter: '(' } } },
          },
        ],
      },
      'connectors/0/config/claimModifications/filterGroupClaims/groupsFilter',
      /regular expression/,
    ],
    [
      'a connector id that is no path',
      { connectors: [{ type: 'mockCallback', id: 'a/b', name: 'L' }] },
      'connectors/0/id',
      /letters/,
    ],
    [
      'a connector in the place of the passwords',
      { connectors: [{ type: 'mockCallback', id: 'local', name: 'L' }] },
      'connectors/0/id',
      /password database/,
    ],
    ['nobody who could log in', { enablePasswordDB: false }, 'connectors', /nobody could log in/],
    [
      'passwords without their database',
      { enablePasswordDB: false, staticPasswords: [USER] },
      'staticPasswords',
      /enablePasswordDB/,
    ],
    [
      'an email that stands twice',
      { staticPasswords: [USER, { ...USER, email: 'A@example.com' }] },
      'staticPasswords/1/email',
      /twice/,
    ],
    [
      'a hash that is none',
      { staticPasswords: [{ ...USER, hash: 'password' }] },
      'staticPasswords/0/hash',
      /not a bcrypt hash/,
    ],
    [
      'a hash that is too cheap',
      { staticPasswords: [{ ...USER, hash: HASH_OF_PASSWORD.replace('$10$', '$09$') }] },
      'staticPasswords/0/hash',
      /between 10 and 16/,
    ],
    [
      'a hash that would take hours',
      { staticPasswords: [{ ...USER, hash: HASH_OF_PASSWORD.replace('$10$', '$31$') }] },
      'staticPasswords/0/hash',
      /between 10 and 16/,
    ],
    [
      'a variable that is not set',
      { staticPasswords: [{ ...USER, hash: undefined, hashFromEnv: 'NOT_SET' }] },
      'staticPasswords/0/hashFromEnv',
      /NOT_SET, which is not set/,
    ],
    ['a client that stands twice', { staticClients: [CLIENT, CLIENT] }, 'staticClients/1/id', /twice/],
    [
      'a client without a secret',
      { staticClients: [{ ...CLIENT, secret: undefined }] },
      'staticClients/0/secret',
      /public client/,
    ],
    [
      'a client without redirect URIs',
      { staticClients: [{ ...CLIENT, redirectURIs: [] }] },
      'staticClients/0/redirectURIs',
      /at least one/,
    ],
    [
      'a redirect URI with a script in it',
      { staticClients: [{ ...CLIENT, redirectURIs: ['javascript:alert(1)'] }] },
      'staticClients/0/redirectURIs/0',
      /javascript:/,
    ],
    [
      'a redirect URI with a fragment',
      { staticClients: [{ ...CLIENT, redirectURIs: ['https://a.example/#b'] }] },
      'staticClients/0/redirectURIs/0',
      /fragment/,
    ],
    [
      'a redirect URI without a host',
      { staticClients: [{ ...CLIENT, redirectURIs: ['/callback'] }] },
      'staticClients/0/redirectURIs/0',
      /absolute/,
    ],
  ])('%s', (_, settings, path, message) => {
    expect(problemsOf(settings)[path]).toMatch(message)
  })
})

describe('a configuration file', () => {
  test('in YAML is read and frozen', async () => {
    const config = await loadDexConfig(new URL('../example.yaml', import.meta.url).pathname, {})
    expect(config.connectors).toEqual([{ type: 'mockCallback', id: 'mock', name: 'Example' }])
    expect(Object.isFrozen(config.web)).toBe(true)
  })

  test('with several problems names all of them at once', async () => {
    const file = join(directory, 'bad.yaml')
    await writeFile(
      file,
      `issuer: ftp://x\nstorage: {type: redis}\nweb: {https: 1}\nfrontends: {}\nexpiry: {idTokens: never}\nstaticPasswords: [{email: a}]\n`,
    )
    const error: unknown = await loadDexConfig(file, {}).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigurationError)
    const paths = (error as ConfigurationError).problems.map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining([
        '/issuer',
        '/storage/type',
        '/web/https',
        '/frontends',
        '/expiry/idTokens',
        '/staticPasswords/0/userID',
        '/staticPasswords',
      ]),
    )
  })
})
