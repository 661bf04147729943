import { z } from 'zod'

export const RESPONSE_TYPES = ['code', 'id_token', 'token'] as const
export const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
/** Dex has it, the mock not: it is tolerated in a file, with a warning, and never offered. */
export const TOKEN_EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const GRANT_TYPES = [
  'authorization_code',
  'implicit',
  'password',
  'refresh_token',
  DEVICE_CODE_GRANT,
  TOKEN_EXCHANGE_GRANT,
] as const

export type ResponseType = (typeof RESPONSE_TYPES)[number]

/** Dex's `oauth2`. Without `grantTypes`, there are all that the other settings make sense of. */
export const oauth2Schema = z.strictObject({
  responseTypes: z
    .array(oneOf(RESPONSE_TYPES, 'response type'))
    .min(1)
    .default((): ResponseType[] => ['code']),
  grantTypes: z
    .array(oneOf(GRANT_TYPES, 'grant type'))
    .min(1)
    .default([...GRANT_TYPES].filter((type) => type !== TOKEN_EXCHANGE_GRANT)),
  skipApprovalScreen: z.boolean().default(false),
  alwaysShowLoginScreen: z.boolean().default(false),
  /** The id of the connector that the password grant asks. */
  passwordConnector: z.string().min(1).optional(),
})

export type OAuth2Settings = z.output<typeof oauth2Schema>

/** The grant types that are really there, sorted as in the discovery document. Pure. */
export function availableGrantTypes(oauth2: OAuth2Settings): string[] {
  const missing = new Set<string>([TOKEN_EXCHANGE_GRANT])
  if (oauth2.passwordConnector === undefined) missing.add('password')
  if (!oauth2.responseTypes.includes('token')) missing.add('implicit')
  return [...new Set(oauth2.grantTypes)].filter((type) => !missing.has(type)).toSorted()
}

function oneOf<const T extends readonly string[]>(values: T, what: string) {
  return z.enum(values, { error: () => `is not a ${what} of the mock; it has: ${values.join(', ')}` })
}
