import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCertificateAuthority } from '@gatehouse/pki'
import { closeGracefully, serverOptions, tlsOptions, watchTls, createLogger } from '@gatehouse/server'
import { Provider } from 'oidc-provider'
import { Agent, fetch as undiciFetch } from 'undici'
import { Browser } from './browser.ts'

export const BARE_CLIENT = { id: 'dex', secret: 'upstream-secret' }

export interface BareIssuer extends AsyncDisposable {
  readonly issuer: string
  /** PEM. */
  readonly certificateAuthority: string
  /** A browser that logs in without being asked. */
  readonly browser: () => Browser
  /** The claims of its one user, from now on. */
  readonly setClaims: (claims: Record<string, unknown>) => void
  /** Forgets every refresh token. */
  readonly revokeAll: () => Promise<void>
  /** Queries of the authorization requests so far. */
  readonly asked: URLSearchParams[]
}

/** oidc-provider as it is, with one user who is logged in whenever somebody asks. */
export async function startBareIssuer(redirectURI: string): Promise<BareIssuer> {
  const directory = await mkdtemp(join(tmpdir(), 'bare-issuer-'))
  const authority = await openCertificateAuthority(join(directory, 'ca'), { commonName: 'bare issuer' })
  const files = await authority.issueServerCertificate({
    directory,
    name: 'bare',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  })
  const logger = createLogger({ name: 'bare', destination: { write: () => undefined } })
  const tls = await watchTls({ ...files, logger })
  const server = createServer({ ...serverOptions, ...tlsOptions })
  tls.attach(server, {})
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await listening
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`

  let claims: Record<string, unknown> = {}
  const asked: URLSearchParams[] = []
  const grants: string[] = []
  const provider = createProvider(issuer, redirectURI, () => claims)
  const callback = provider.callback()
  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '', issuer)
    if (url.pathname === '/auth') asked.push(url.searchParams)
    if (!url.pathname.startsWith('/interaction/')) return void callback(request, response)
    return void (async () => {
      const { params } = await provider.interactionDetails(request, response)
      const grant = new provider.Grant({ accountId: 'user-1', clientId: BARE_CLIENT.id })
      grant.addOIDCScope(String(params['scope']))
      grants.push(await grant.save())
      const consent = { grantId: grants.at(-1)! }
      await provider.interactionFinished(request, response, { login: { accountId: 'user-1' }, consent })
    })()
  })
  const agent = new Agent({ connect: { ca: authority.certificatePem } })
  return {
    issuer,
    certificateAuthority: authority.certificatePem,
    browser: () => {
      return new Browser((url, init) => undiciFetch(url, { redirect: 'manual', dispatcher: agent, ...init }))
    },
    setClaims: (given) => void (claims = given),
    async revokeAll() {
      await Promise.all(grants.map((id) => provider.RefreshToken.revokeByGrantId(id)))
    },
    asked,
    async [Symbol.asyncDispose]() {
      await agent.close()
      await closeGracefully(server, 1000)
      await tls[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function createProvider(
  issuer: string,
  redirectURI: string,
  claims: () => Record<string, unknown>,
): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: BARE_CLIENT.id,
        client_secret: BARE_CLIENT.secret,
        redirect_uris: [redirectURI],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    cookies: { keys: ['test'] },
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'nick', 'roles'],
      email: ['email', 'email_verified', 'mail'],
    },
    conformIdTokenClaims: false,
    issueRefreshToken: () => true,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...claims() }) }),
  })
}
