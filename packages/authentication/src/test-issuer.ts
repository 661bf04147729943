import { createServer } from 'node:https'
import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openCertificateAuthority } from '@gatehouse/pki'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { wellKnown } from './discovery.ts'

export interface TestIssuerOptions {
  /** For the CA, the certificate and its key; the caller makes and removes it. */
  readonly directory: string
  /** The IPv4 address that it listens on (default 127.0.0.1). */
  readonly host?: string
  /** The issuer's name, where it is not its own address. It is not dialled. */
  readonly url?: string
  readonly audience?: string
  readonly signingAlgorithm?: string
}

/** What can be wrong with a token; everything else is as an honest issuer does it. */
export interface MintFaults {
  /** Signs with a key that the issuer never published. */
  readonly foreignKey?: boolean
  /** Other header parameters (`kid`, `jku`, …). */
  readonly header?: Record<string, unknown>
  /** Signs with this key instead. */
  readonly key?: { readonly privateKey: CryptoKey | Uint8Array; readonly alg: string }
}

export interface TestIssuer extends AsyncDisposable {
  /** What stands in `iss`. */
  readonly url: string
  /** Where the discovery document really is. */
  readonly discoveryURL: string
  readonly audience: string
  readonly certificateAuthorityFile: string
  readonly caPem: string
  /** The settings that trust this issuer. */
  readonly settings: {
    url: string
    discoveryURL: string
    certificateAuthorityFile: string
    audiences: string[]
  }
  /** How often the key set was fetched. */
  readonly keyFetches: number
  /** Replaces what the discovery document says. */
  discovery: Record<string, unknown>
  /** Signs a token with `claims` over the defaults (iss, aud, sub, iat, exp in an hour); undefined removes one. */
  mint(claims?: Record<string, unknown>, faults?: MintFaults): Promise<string>
  /** Publishes a new key; the old one is retired at once unless `keepOld`. */
  rotate(options?: { keepOld?: boolean }): Promise<void>
  /** The public keys as they are published. */
  publicKeys(): readonly JWK[]
  /** Refuses connections until `comeBack`, which listens at the same address. */
  goDown(): Promise<void>
  comeBack(): Promise<void>
}

interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

/**
 * Starts a small real OpenID Connect issuer, on loopback unless told otherwise: HTTPS, discovery, a key set, and tokens on
 * demand. For the tests of what trusts an issuer; it has no login.
 */
export async function startTestIssuer(options: TestIssuerOptions): Promise<TestIssuer> {
  const { directory, host = '127.0.0.1', audience = 'gatehouse', signingAlgorithm = 'RS256' } = options
  const authority = await openCertificateAuthority(join(directory, 'issuer-ca'), {
    commonName: 'test issuer CA',
  })
  const files = await authority.issueServerCertificate({
    directory,
    name: 'issuer',
    dnsNames: ['localhost'],
    ipAddresses: [host],
  })
  const makeKey = async (): Promise<SigningKey> => {
    const { privateKey, publicKey } = await generateKeyPair(signingAlgorithm, { extractable: true })
    const kid = crypto.randomUUID()
    return {
      kid,
      privateKey,
      jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: signingAlgorithm },
    }
  }
  let foreign: Promise<SigningKey> | undefined
  let signing = await makeKey()
  let published: JWK[] = [signing.jwk]
  let keyFetches = 0

  const server = createServer(
    { cert: await readFile(files.certificateFile), key: await readFile(files.keyFile) },
    (request, response) => {
      const { pathname } = new URL(request.url ?? '/', discoveryURL)
      const isKeys = pathname === '/keys'
      const isDiscovery = pathname === '/.well-known/openid-configuration'
      if (isKeys) keyFetches++
      if (!isKeys && !isDiscovery) response.statusCode = 404
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(isKeys ? { keys: published } : isDiscovery ? issuer.discovery : {}))
    },
  )
  const listen = async (port: number) => {
    server.listen(port, host)
    await once(server, 'listening')
  }
  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const url = options.url ?? `https://${host}:${port}`
  const discoveryURL = wellKnown(`https://${host}:${port}`)
  const { certificateFile: certificateAuthorityFile, certificatePem: caPem } = authority

  const issuer: TestIssuer = {
    url,
    discoveryURL,
    audience,
    certificateAuthorityFile,
    caPem,
    settings: { url, discoveryURL, certificateAuthorityFile, audiences: [audience] },
    get keyFetches() {
      return keyFetches
    },
    discovery: {
      issuer: url,
      jwks_uri: `https://${host}:${port}/keys`,
      authorization_endpoint: `https://${host}:${port}/auth`,
      token_endpoint: `https://${host}:${port}/token`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [signingAlgorithm],
    },
    async mint(claims = {}, faults = {}) {
      const now = Math.floor(Date.now() / 1000)
      const key = faults.foreignKey ? { ...(await (foreign ??= makeKey())), kid: signing.kid } : signing
      const { privateKey, alg } = faults.key ?? { privateKey: key.privateKey, alg: signingAlgorithm }
      const all = { iss: url, aud: audience, sub: 'test', iat: now, exp: now + 3600, ...claims }
      const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
      const header = { alg, kid: key.kid, ...faults.header }
      return new SignJWT(payload).setProtectedHeader(header).sign(privateKey, {
        crit: Object.fromEntries(((header as { crit?: string[] }).crit ?? []).map((name) => [name, true])),
      })
    },
    async rotate({ keepOld = false } = {}) {
      signing = await makeKey()
      published = keepOld ? [signing.jwk, ...published] : [signing.jwk]
    },
    publicKeys: () => published,
    goDown: close,
    comeBack: () => listen(port),
    [Symbol.asyncDispose]: close,
  }
  return issuer
}
