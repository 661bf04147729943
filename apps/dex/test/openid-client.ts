import * as openid from 'openid-client'
import type { TestDex } from './test-dex.ts'

/** openid-client with its own discovery, talking to the mock over HTTPS. */
export function discoverWith(
  dex: TestDex,
  id: string,
  authentication: openid.ClientAuth,
): Promise<openid.Configuration> {
  // undici's fetch, which trusts the test's CA, has the shape of the global one but its own classes.
  const customFetch = dex.fetch as unknown as openid.CustomFetch
  const options = { [openid.customFetch]: customFetch }
  return openid.discovery(new URL(dex.issuer), id, undefined, authentication, options)
}
