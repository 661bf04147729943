import { readFile } from 'node:fs/promises'
import { getCACertificates } from 'node:tls'
import * as openid from 'openid-client'
import { Agent, fetch as undiciFetch } from 'undici'
import type { OidcConnectorSettings } from '../../config/oidc-connector.ts'
import { DexError } from '../../errors.ts'

/** Seconds that an upstream issuer may take to answer; a person is waiting. */
const TIMEOUT_SECONDS = 10

export interface Upstream {
  readonly configuration: openid.Configuration
  readonly close: () => Promise<void>
}

/**
 * Reads what the upstream issuer says of itself.
 *
 * @throws DexError `ERR_UPSTREAM`, when it can't be reached or is another issuer
 */
export async function discoverUpstream(settings: OidcConnectorSettings): Promise<Upstream> {
  const { issuer, clientID, clientSecret } = settings
  const agent = new Agent({ connect: await trust(settings) })
  try {
    const fetch = fetchBy(agent)
    const configuration = new openid.Configuration(
      await readMetadata(settings, fetch),
      clientID,
      { client_secret: clientSecret },
      clientAuthentication(settings),
    )
    configuration[openid.customFetch] = fetch
    configuration.timeout = TIMEOUT_SECONDS
    // The signature of the ID token is checked too, not only where it came from.
    openid.enableNonRepudiationChecks(configuration)
    if (issuer.startsWith('http:')) openid.allowInsecureRequests(configuration)
    return { configuration, close: () => agent.close() }
  } catch (cause) {
    await agent.close()
    if (cause instanceof DexError) throw cause
    const { message } = cause as Error
    throw new DexError('ERR_UPSTREAM', `the upstream issuer ${issuer} can't be asked: ${message}`, { cause })
  }
}

async function readMetadata(
  settings: OidcConnectorSettings,
  fetch: openid.CustomFetch,
): Promise<openid.ServerMetadata> {
  const url = `${settings.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, {
    body: undefined,
    headers: { accept: 'application/json' },
    method: 'GET',
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
  })
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
  const metadata = (await response.json()) as openid.ServerMetadata
  const expected = settings.issuerAlias ?? settings.issuer
  if (metadata.issuer !== expected) throw new Error(`it calls itself ${metadata.issuer}, not ${expected}`)
  const { tokenURL, authURL, jwksURL } = settings.providerDiscoveryOverrides
  return {
    ...metadata,
    ...(tokenURL ? { token_endpoint: tokenURL } : {}),
    ...(authURL ? { authorization_endpoint: authURL } : {}),
    ...(jwksURL ? { jwks_uri: jwksURL } : {}),
  }
}

function clientAuthentication({
  clientSecret,
  basicAuthUnsupported,
}: OidcConnectorSettings): openid.ClientAuth {
  if (clientSecret === '') return openid.None()
  return basicAuthUnsupported ? openid.ClientSecretPost(clientSecret) : openid.ClientSecretBasic(clientSecret)
}

/** `rootCAs` are trusted beside what Node trusts. */
async function trust({ rootCAs, insecureSkipVerify }: OidcConnectorSettings) {
  if (insecureSkipVerify) return { rejectUnauthorized: false }
  if (rootCAs.length === 0) return {}
  const own = await Promise.all(
    rootCAs.map(async (given) => {
      if (given.includes('-----BEGIN')) return given
      return readFile(given, 'utf8').catch((cause: unknown) => {
        const { message } = cause as Error
        throw new DexError('ERR_UPSTREAM', `rootCAs: ${given} can't be read: ${message}`, { cause })
      })
    }),
  )
  return { ca: [...getCACertificates('default'), ...own] }
}

/** undici's own fetch, since Node's takes no agent of another version. */
function fetchBy(dispatcher: Agent): openid.CustomFetch {
  return (url, { body, ...options }) => {
    return undiciFetch(url, {
      ...options,
      ...(body === undefined ? {} : { body: body as URLSearchParams }),
      dispatcher,
    })
  }
}
