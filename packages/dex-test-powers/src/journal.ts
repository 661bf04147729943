import { z } from 'zod'

/** What can happen in a login, in the order in which it mostly does. */
export const LOGIN_EVENTS = {
  requested: 'The authorization request, or the token request of a login without a browser, was found good.',
  notAuthenticated: 'The connector did not say who it is; most often a wrong password.',
  throttled: 'A password was not looked at, after too many wrong ones.',
  authenticated: 'A connector said who the user is.',
  approved: 'The client got what it asked for, by the user or by skipApprovalScreen.',
  denied: 'The client was refused.',
  tokensIssued: 'The client turned a code, a refresh token or another grant into tokens.',
  tokensRefused: 'The client got no tokens.',
} as const

export type LoginEventName = keyof typeof LOGIN_EVENTS

export const loginEvent = z
  .strictObject({
    at: z.iso.datetime().describe("By the issuer's clock."),
    event: z.enum(Object.keys(LOGIN_EVENTS) as LoginEventName[]),
    connectorID: z.string().optional(),
    userID: z.string().optional(),
    email: z.string().optional(),
    groups: z.array(z.string()).optional(),
    grantType: z.string().optional(),
    reason: z.string().optional().describe('Why something was refused.'),
  })
  .meta({
    id: 'LoginEvent',
    description: Object.entries(LOGIN_EVENTS)
      .map(([name, what]) => `\`${name}\`: ${what}`)
      .join(' '),
  })

export const login = z
  .strictObject({
    id: z.string().describe('Names the login in this journal only; it opens nothing.'),
    clientID: z.string(),
    redirectURI: z.string().describe('Without its query; empty for a login without a browser.'),
    scopes: z.array(z.string()),
    events: z.array(loginEvent),
  })
  .meta({ id: 'Login' })

export type LoginEvent = z.output<typeof loginEvent>
export type Login = z.output<typeof login>

export const loginPath = z.strictObject({ id: z.string().min(1) })

export const tilesLink = z
  .strictObject({
    url: z
      .string()
      .describe("Opened in a browser, shows the user tiles in that browser's chooser. Works once."),
    expiresAt: z.iso.datetime().describe('Until when it must be opened, by the real clock.'),
  })
  .meta({ id: 'UserTilesLink' })

/** What every refused request gets (RFC 9457). */
export const problem = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    problems: z
      .array(z.strictObject({ path: z.string().describe('A JSON pointer.'), message: z.string() }))
      .optional()
      .describe('Everything that is wrong with the body.'),
  })
  .meta({ id: 'Problem' })
