import { z } from 'zod'

const name = z.string().min(1).max(256)

/** A user of the password database, without the password. */
export const user = z
  .strictObject({
    email: z.string().min(1).describe('How the user logs in; compared without regard to case.'),
    userID: z.string().min(1).describe('What `sub` is made of, with the connector.'),
    name: z.string().describe('The `name` claim.'),
    preferredUsername: z.string().describe('The `preferred_username` claim.'),
    emailVerified: z.boolean().describe('The `email_verified` claim.'),
    groups: z.array(z.string()).describe('The `groups` claim.'),
  })
  .meta({ id: 'User' })

const password = z
  .string()
  .min(1)
  .max(72)
  .describe('Up to 72 bytes, which is what bcrypt reads. Without one, only a user tile logs the user in.')

export const newUser = z
  .strictObject({
    email: z.string().min(1).max(320),
    password: password.optional(),
    userID: name.optional().describe('A random UUID when absent.'),
    name: z.string().max(256).optional(),
    preferredUsername: z.string().max(256).optional(),
    emailVerified: z.boolean().optional().describe('Default true.'),
    groups: z.array(name).max(5000).optional(),
  })
  .meta({ id: 'NewUser' })

export const userChange = z
  .strictObject({
    password: password.optional(),
    name: z.string().max(256).optional(),
    preferredUsername: z.string().max(256).optional(),
    emailVerified: z.boolean().optional(),
    groups: z.array(name).max(5000).optional().describe('All groups; those that are not named are left.'),
  })
  .meta({ id: 'UserChange', description: 'What is absent stays as it is.' })

/** As in Dex, a group is nothing but the users who are in it. */
export const group = z
  .strictObject({
    name: z.string().min(1),
    members: z.array(z.string()).describe('E-mail addresses.'),
  })
  .meta({ id: 'Group' })

export const groupMembers = z
  .strictObject({
    members: z
      .array(z.string().min(1))
      .max(5000)
      .describe('E-mail addresses of users; nobody else is in it.'),
  })
  .meta({ id: 'GroupMembers' })

export const emailPath = z.strictObject({ email: z.string().min(1) })
export const groupPath = z.strictObject({ name: z.string().min(1) })
