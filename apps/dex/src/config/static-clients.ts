import { z } from 'zod'
import type { Environment } from './expand-env.ts'

/** An OAuth2 client as Dex knows it. */
export interface StaticClient {
  readonly id: string
  /** Empty for a public client without one. */
  readonly secret: string
  readonly name: string
  readonly public: boolean
  readonly redirectURIs: readonly string[]
  /** Where `/logout` may lead; the mock's own, without it the redirect URIs. */
  readonly postLogoutRedirectURIs: readonly string[]
  /** The clients that may ask for tokens with this client in `aud`. */
  readonly trustedPeers: readonly string[]
}

const redirectURI = z.string().superRefine((text, context) => {
  if (isDeviceCallback(text)) return
  const url = URL.parse(text)
  if (!url) context.addIssue('is not an absolute URI')
  else if (text.includes('#')) context.addIssue('must not have a fragment (RFC 6749 section 3.1.2)')
  else if (['javascript:', 'data:', 'vbscript:', 'blob:', 'file:'].includes(url.protocol)) {
    context.addIssue(`must not use the scheme ${url.protocol}`)
  }
})

/** The path that stands among the redirect URIs of a client which may use the device flow, as in Dex. */
export function isDeviceCallback(uri: string): boolean {
  return /^(?:\/[^/\\]+)*\/device\/callback$/.test(uri)
}

/** Dex's `staticClients[]`; `idEnv` and `secretEnv` name variables of `env`. */
export function staticClientSchema(env: Environment) {
  return z
    .strictObject({
      id: z.string().min(1).optional(),
      idEnv: z.string().min(1).optional(),
      secret: z.string().min(1).optional(),
      secretEnv: z.string().min(1).optional(),
      redirectURIs: z.array(redirectURI).default([]),
      postLogoutRedirectURIs: z.array(redirectURI).optional(),
      trustedPeers: z.array(z.string().min(1)).default([]),
      public: z.boolean().default(false),
      name: z.string().optional(),
      logoURL: z.string().optional(),
    })
    .transform((client, context): StaticClient => {
      const problem = (path: string, message: string) => {
        context.addIssue({ code: 'custom', path: [path], message })
      }
      const id = fromEither('id', 'idEnv')
      const secret = fromEither('secret', 'secretEnv')
      if (!id && !client.idEnv) problem('id', 'is missing')
      else if (id && !/^[\x20-\x7e]+$/.test(id))
        problem('id', 'may hold printable ASCII only (RFC 6749 appendix A.1)')
      if (secret && !/^[\x20-\x7e]+$/.test(secret)) problem('secret', 'may hold printable ASCII only')
      if (!secret && !client.secretEnv && !client.public)
        problem('secret', 'is missing; only a public client does without')
      if (!client.public && client.redirectURIs.length === 0) {
        problem('redirectURIs', 'needs at least one URI; only a public client does without')
      }
      return {
        id: id ?? '',
        secret: secret ?? '',
        name: client.name ?? id ?? '',
        public: client.public,
        redirectURIs: client.redirectURIs,
        postLogoutRedirectURIs: (client.postLogoutRedirectURIs ?? client.redirectURIs).filter(
          (uri) => !isDeviceCallback(uri),
        ),
        trustedPeers: client.trustedPeers,
      }

      function fromEither(key: 'id' | 'secret', variableKey: 'idEnv' | 'secretEnv'): string | undefined {
        const variable = client[variableKey]
        if (variable === undefined) return client[key]
        if (client[key] !== undefined) problem(key, `stands beside ${variableKey}; give only one`)
        else if (!env[variable]) problem(variableKey, `names the variable ${variable}, which is not set`)
        return env[variable]
      }
    })
}
