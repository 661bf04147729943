import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openCertificateAuthority } from '@gatehouse/pki'
import { Provider } from 'oidc-provider'
import type { LoginSettings } from '../src/settings.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** In seconds; what is not given here is warned about. */
const LIFETIMES = {
  AccessToken: 60,
  DeviceCode: 60,
  Grant: 600,
  Interaction: 60,
  RefreshToken: 600,
  Session: 600,
}

/** A name that no resolver knows. */
const HOST = 'issuer.example.invalid'

export interface Issuer extends AsyncDisposable {
  /** Settings with which a login works: its name does not resolve, so it is dialled by address. */
  readonly settings: LoginSettings
  /** The `grant_type` of each request to the token endpoint. */
  readonly grants: string[]
  /** In seconds, of the tokens that are issued from now on. */
  idTokenLifetime: number
  /** Forgets all refresh tokens. */
  readonly forget: () => void
  /** Refuses connections from now on. */
  readonly stop: () => Promise<void>
}

/** A certified OpenID Connect issuer (oidc-provider), whose pages take every name as a login. */
export async function startIssuer(): Promise<Issuer> {
  const directory = await temporaryDirectory()
  const authority = await openCertificateAuthority(join(directory.path, 'ca'), { commonName: 'issuer CA' })
  const files = await authority.issueServerCertificate({
    directory: directory.path,
    name: 'issuer',
    dnsNames: [HOST],
    ipAddresses: [],
  })
  const server = createServer({
    cert: await readFile(files.certificateFile),
    key: await readFile(files.keyFile),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `https://${HOST}:${port}`
  const grants: string[] = []
  const refreshTokens = new Set<string>()
  const forgotten = new Set<string>()

  const provider = new Provider(url, {
    clients: [
      {
        client_id: 'kubectl',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
      },
    ],
    scopes: ['openid', 'email', 'offline_access'],
    claims: { email: ['email'] },
    conformIdTokenClaims: false,
    features: { deviceFlow: { enabled: true } },
    ttl: { ...LIFETIMES, IdToken: () => issuer.idTokenLifetime },
    rotateRefreshToken: true,
    findAccount: (_context, sub, token) => {
      // Refresh tokens of before are as good as those of an account that is gone.
      if (token?.kind === 'RefreshToken' && forgotten.has(token.jti)) return undefined
      return { accountId: sub, claims: () => ({ sub, email: `${sub}@example.com` }) }
    },
    cookies: { keys: ['test'] },
  })
  provider.on('refresh_token.saved', ({ jti }) => void refreshTokens.add(jti))
  provider.on('grant.success', ({ oidc }) => void grants.push(String(oidc.params?.['grant_type'])))
  server.on('request', (request, response) => void provider.callback()(request, response))

  const stop = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  const issuer: Issuer = {
    settings: {
      issuer: url,
      clientId: 'kubectl',
      extraScopes: ['email', 'offline_access'],
      address: `127.0.0.1:${port}`,
      caPem: authority.certificatePem,
      usernameClaim: 'email',
    },
    grants,
    idTokenLifetime: 3600,
    forget: () => refreshTokens.forEach((jti) => forgotten.add(jti)),
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await directory[Symbol.asyncDispose]()
    },
  }
  return issuer
}
