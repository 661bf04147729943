import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCertificateAuthority } from '@gatehouse/pki'
import { createLogger, type RunningService } from '@gatehouse/server'
import getPort from 'get-port'
import { Agent, fetch as undiciFetch, type RequestInit, type Response } from 'undici'
import { startDex } from '../src/app.ts'
import { dexConfigSchema } from '../src/config/dex-config.ts'
import { Browser } from './browser.ts'

/** bcrypt of "password" with the least cost that is allowed. */
export const HASH_OF_PASSWORD = '$2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W'

export const ADMIN = {
  email: 'admin@example.com',
  hash: HASH_OF_PASSWORD,
  username: 'admin',
  name: 'Ada Admin',
  preferredUsername: 'ada',
  userID: '08a8684b-db88-4b73-90a9-3cd1661f5466',
  groups: ['admins', 'everybody'],
}

export const CONSOLE = {
  id: 'console',
  name: 'Console',
  secret: 'console-secret',
  redirectURIs: ['https://console.example.com/callback', 'https://console.example.com/other?tenant=a'],
}
export const CLI = { id: 'kubectl', name: 'kubectl', public: true, trustedPeers: ['console'] }

export interface TestDex extends AsyncDisposable {
  readonly issuer: string
  readonly directory: string
  /** PEM. */
  readonly certificateAuthority: string
  readonly service: RunningService
  /** Everything that was logged so far. */
  readonly log: () => string
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
  /** A browser without cookies. */
  readonly browser: () => Browser
  /** Ends the service and starts it again with the same configuration and directory. */
  readonly restart: () => Promise<void>
}

/** A mock Dex over HTTPS on a free port, with its issuer below a path; `settings` replace whole sections. */
export async function startTestDex(
  settings: Record<string, unknown> = {},
  options: { readonly port?: number } = {},
): Promise<TestDex> {
  const directory = await mkdtemp(join(tmpdir(), 'dex-test-'))
  const port = options.port ?? (await getPort())
  const issuer = `https://127.0.0.1:${port}/dex`
  const authority = await openCertificateAuthority(join(directory, 'ca'), { commonName: 'dex test' })
  const files = await authority.issueServerCertificate({
    directory,
    name: 'dex',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  })
  const given = typeof settings['web'] === 'object' ? settings['web'] : {}
  const usesFile = (settings['storage'] as { type?: string } | undefined)?.type === 'sqlite3'
  const config = dexConfigSchema({}).parse({
    issuer,
    storage: { type: 'memory' },
    oauth2: { skipApprovalScreen: true },
    enablePasswordDB: true,
    staticClients: [CONSOLE, CLI],
    staticPasswords: [ADMIN],
    ...settings,
    ...(usesFile ? { storage: { type: 'sqlite3', config: { file: join(directory, 'dex.db') } } } : {}),
    web: {
      https: `127.0.0.1:${port}`,
      tlsCert: files.certificateFile,
      tlsKey: files.keyFile,
      ...given,
    },
  })
  const lines: string[] = []
  const logger = createLogger({ name: 'dex', destination: { write: (line) => void lines.push(line) } })
  let service = await startDex(config, { logger })
  const agent = new Agent({ connect: { ca: authority.certificatePem } })
  const fetch = (url: string, init: RequestInit = {}) =>
    undiciFetch(url, { redirect: 'manual', dispatcher: agent, ...init })
  return {
    issuer,
    directory,
    certificateAuthority: authority.certificatePem,
    get service() {
      return service
    },
    log: () => lines.join(''),
    fetch,
    browser: () => new Browser(fetch),
    async restart() {
      await service.drain()
      service = await startDex(config, { logger })
    },
    async [Symbol.asyncDispose]() {
      await agent.close()
      await service.drain()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The URL of an authorization request of the console; undefined removes a parameter. */
export function authorizationURL(issuer: string, changes: Record<string, string | undefined> = {}): string {
  const parameters: Record<string, string | undefined> = {
    client_id: CONSOLE.id,
    redirect_uri: CONSOLE.redirectURIs[0]!,
    response_type: 'code',
    scope: 'openid email groups profile',
    state: 'a state',
    nonce: 'a nonce',
    ...changes,
  }
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return `${issuer}/auth?${new URLSearchParams(given).toString()}`
}

export interface TokenAnswer {
  readonly status: number
  readonly headers: Response['headers']
  readonly body: Record<string, string>
}

/** Logs ADMIN in with the form and returns where the browser is sent. */
export async function logIn(dex: TestDex, changes: Record<string, string | undefined> = {}): Promise<URL> {
  const browser = dex.browser()
  const form = await browser.open(authorizationURL(dex.issuer, changes))
  const { url } = await browser.submit(form, { login: ADMIN.email, password: 'password' })
  return new URL(url)
}

/** A code for the console. */
export async function getCode(
  dex: TestDex,
  changes: Record<string, string | undefined> = {},
): Promise<string> {
  const back = await logIn(dex, changes)
  return back.searchParams.get('code') ?? `no code in ${back.href}`
}

/** Asks the token endpoint as the console; undefined removes a parameter. */
export async function requestTokens(
  dex: TestDex,
  parameters: Record<string, string | undefined>,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const all = { client_id: CONSOLE.id, client_secret: CONSOLE.secret, ...parameters }
  const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const response = await dex.fetch(`${dex.issuer}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(given).toString(),
  })
  const body = (await response.json()) as Record<string, string>
  return { status: response.status, headers: response.headers, body }
}

/** The parameters that turn `code` into tokens. */
export function forCode(code: string, changes: Record<string, string | undefined> = {}) {
  return { grant_type: 'authorization_code', code, redirect_uri: CONSOLE.redirectURIs[0], ...changes }
}

/** The parameters that turn a refresh token into tokens. */
export function forRefresh(
  refreshToken: string | undefined,
  changes: Record<string, string | undefined> = {},
) {
  return { grant_type: 'refresh_token', refresh_token: refreshToken, ...changes }
}
