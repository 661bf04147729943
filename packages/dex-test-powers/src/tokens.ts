import { z } from 'zod'

/** What can be wrong with a minted token. */
export const TOKEN_FAULTS = {
  expired: '`exp` is an hour ago.',
  wrongAudience: '`aud` is a client that does not exist.',
  wrongIssuer: '`iss` is another issuer.',
  algorithmNone: 'Unsigned, with `alg: none`.',
  algorithmConfusion: 'HS256 with the public key (PEM) as the secret.',
  unknownKey: 'Signed by a key that was never published, under a `kid` of its own.',
  forgedKey: 'Signed by a key that was never published, under the `kid` of the published one.',
  brokenSignature: 'One bit of the signature is wrong.',
  notYetValid: '`nbf` and `iat` are an hour ahead.',
  unverifiedEmail: '`email_verified` is false.',
  manyGroups: 'The user is in 300 more groups.',
} as const

export type TokenFault = keyof typeof TOKEN_FAULTS

/** The algorithms that a token can be signed with (RFC 7518, RFC 8037). */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

export type Algorithm = (typeof ALGORITHMS)[number]

export const tokenRequest = z
  .strictObject({
    user: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The e-mail of a user whose claims the token begins with. Without one, only `claims` say who.',
      ),
    clientID: z
      .string()
      .min(1)
      .optional()
      .describe('The client it is for; the first static one when absent.'),
    scopes: z
      .array(z.string().min(1))
      .max(100)
      .optional()
      .describe("Which of the user's claims it has; openid, email, groups and profile when absent."),
    claims: z
      .record(z.string(), z.json())
      .optional()
      .describe('Claims that replace or join the others; null takes one away.'),
    lifetimeSeconds: z.int().positive().optional().describe("The issuer's `expiry.idTokens` when absent."),
    algorithm: z
      .enum(ALGORITHMS)
      .optional()
      .describe('RS256 when absent. For every other one a key is made, and published in /keys.'),
    fault: z
      .enum(Object.keys(TOKEN_FAULTS) as TokenFault[])
      .optional()
      .describe(
        `What is wrong with it. ${Object.entries(TOKEN_FAULTS)
          .map(([name, what]) => `\`${name}\`: ${what}`)
          .join(' ')}`,
      ),
  })
  .meta({ id: 'TokenRequest' })

export const mintedToken = z
  .strictObject({
    token: z.string().describe('A compact JWS.'),
    header: z.record(z.string(), z.unknown()),
    claims: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'MintedToken' })
