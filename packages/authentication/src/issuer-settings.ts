import { z } from 'zod'

/** The algorithms that the API server accepts at all (`allowedSigningAlgs` of its OIDC authenticator). */
const signingAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
] as const

const httpsUrl = (what: string) =>
  z.string().superRefine((value, context) => {
    const complain = (message: string) => context.addIssue({ code: 'custom', message: `${what} ${message}` })
    if (!URL.canParse(value)) return complain('must be a URL')
    const url = new URL(value)
    if (url.protocol !== 'https:') complain('must start with https://')
    if (url.username !== '' || url.password !== '') complain('must not hold a user name or password')
    if (value.includes('?') || value.includes('#')) complain('must not have a query or a fragment')
  })

const prefix = (what: string) =>
  z
    .string()
    .refine((value) => !value.startsWith('system:'), `${what} must not start with "system:"`)
    .default('')

/**
 * What is trusted of one OpenID Connect issuer. The same settings make the API server's
 * AuthenticationConfiguration, so that both give one token the same user.
 */
export const issuerSettingsSchema = z.strictObject({
  /** Equal to the `iss` of its tokens and to `issuer` in its discovery document, character by character. */
  url: httpsUrl('the issuer'),
  /** The discovery document's own URL, where it is not dialled at `url`; the issuer's name stays `url`. */
  discoveryURL: httpsUrl('discoveryURL').optional(),
  /** PEM file of the CA that the issuer's certificate chains to; the system's CAs when absent. */
  certificateAuthorityFile: z.string().min(1).optional(),
  /** A token must be meant for at least one of these (`aud`). */
  audiences: z.array(z.string().min(1)).min(1),
  usernameClaim: z.string().min(1).default('email'),
  usernamePrefix: prefix('usernamePrefix'),
  groupsClaim: z.string().min(1).default('groups'),
  groupsPrefix: prefix('groupsPrefix'),
  signingAlgorithms: z.array(z.enum(signingAlgorithms)).min(1).default(['RS256']),
  /** Claims that must be there with exactly this string. */
  requiredClaims: z.record(z.string().min(1), z.string()).default({}),
})

/** One issuer's settings, complete. */
export type IssuerSettings = z.output<typeof issuerSettingsSchema>

/** One issuer's settings as they are written in a file, defaults left out. */
export type IssuerSettingsInput = z.input<typeof issuerSettingsSchema>

/** A list of issuers: at least one, each `url` once. */
export const issuersSchema = z
  .array(issuerSettingsSchema)
  .min(1)
  .superRefine((issuers, context) => {
    for (const [index, { url }] of issuers.entries()) {
      if (issuers.findIndex((other) => other.url === url) === index) continue
      context.addIssue({ code: 'custom', path: [index, 'url'], message: `the issuer ${url} is listed twice` })
    }
  })
