import { z } from 'zod'

const RESPONSE_TYPES = ['code'] as const
const GRANT_TYPES = ['authorization_code', 'refresh_token'] as const

/** Dex's `oauth2`. What Dex has and the mock has not is a problem, never a silent difference. */
export const oauth2Schema = z.strictObject({
  responseTypes: z
    .array(oneOf(RESPONSE_TYPES, 'response type'))
    .min(1)
    .default([...RESPONSE_TYPES]),
  grantTypes: z
    .array(oneOf(GRANT_TYPES, 'grant type'))
    .min(1)
    .default([...GRANT_TYPES]),
  skipApprovalScreen: z.boolean().default(false),
  alwaysShowLoginScreen: z.boolean().default(false),
  passwordConnector: z.never('is not supported: the mock has no password grant').optional(),
})

function oneOf<const T extends readonly string[]>(values: T, what: string) {
  return z.enum(values, { error: () => `is not a ${what} of the mock; it has: ${values.join(', ')}` })
}
