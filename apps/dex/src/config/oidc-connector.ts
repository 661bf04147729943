import { z } from 'zod'

const httpURL = z.string().refine((text) => ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? ''), {
  error: 'is not an http or https URL',
})
const pattern = z.string().superRefine((text, context) => {
  try {
    void new RegExp(text, 'u')
  } catch (error) {
    context.addIssue(`is not a regular expression: ${(error as Error).message}`)
  }
})
const claim = z.string().min(1)

/**
 * The `config` of Dex's `oidc` connector.
 *
 * @see https://dexidp.io/docs/connectors/oidc/
 */
export const oidcConnectorSchema = z.strictObject({
  issuer: httpURL,
  /** The `iss` of the tokens where it is not the address that the issuer is found at. */
  issuerAlias: z.string().min(1).optional(),
  clientID: z.string().min(1),
  clientSecret: z.string().default(''),
  /** This Dex's `/callback` or `/callback/{connector}`, as it is registered at the issuer. */
  redirectURI: httpURL,
  providerDiscoveryOverrides: z
    .strictObject({ tokenURL: httpURL.optional(), authURL: httpURL.optional(), jwksURL: httpURL.optional() })
    .prefault({}),
  basicAuthUnsupported: z.boolean().default(false),
  scopes: z.array(z.string().min(1)).default(['profile', 'email']),
  hostedDomains: z.array(z.string().min(1)).default([]),
  /** PEM files, or PEM. */
  rootCAs: z.array(z.string().min(1)).default([]),
  insecureSkipVerify: z.boolean().default(false),
  insecureSkipEmailVerified: z.boolean().default(false),
  insecureEnableGroups: z.boolean().default(false),
  allowedGroups: z.array(z.string().min(1)).default([]),
  acrValues: z.array(z.string().min(1)).default([]),
  getUserInfo: z.boolean().default(false),
  userIDKey: claim.default('sub'),
  userNameKey: claim.default('name'),
  overrideClaimMapping: z.boolean().default(false),
  claimMapping: z
    .strictObject({
      preferred_username: claim.optional(),
      email: claim.optional(),
      groups: claim.optional(),
    })
    .prefault({}),
  claimModifications: z
    .strictObject({
      newGroupFromClaims: z
        .array(
          z.strictObject({
            claims: z.array(claim).min(1),
            delimiter: z.string().default(''),
            clearDelimiter: z.boolean().default(false),
            prefix: z.string().default(''),
          }),
        )
        .default([]),
      filterGroupClaims: z.strictObject({ groupsFilter: pattern.default('') }).prefault({}),
    })
    .prefault({}),
  promptType: z.string().default('consent'),
  /** Dex sends PKCE where the issuer says that it knows it; this names the method by hand. */
  pkceChallenge: z.enum(['S256', 'plain', '']).default(''),
})

export type OidcConnectorSettings = z.output<typeof oidcConnectorSchema>
