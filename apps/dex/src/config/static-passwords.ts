import { z } from 'zod'
import type { Environment } from './expand-env.ts'

/** A user of the local password database. */
export interface StaticPassword {
  readonly email: string
  /** bcrypt. */
  readonly hash: string
  readonly userID: string
  /** The `name` claim. */
  readonly name: string
  readonly preferredUsername: string
  readonly emailVerified: boolean
  readonly groups: readonly string[]
}

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
/** The bounds of Dex: cheaper hashes are refused, dearer ones would stop the process for seconds. */
const LEAST_COST = 10
const MOST_COST = 16

/** Dex's `staticPasswords[]`; `hashFromEnv` names a variable of `env`. */
export function staticPasswordSchema(env: Environment) {
  return z
    .strictObject({
      email: z.string().min(1),
      hash: z.string().min(1).optional(),
      hashFromEnv: z.string().min(1).optional(),
      username: z.string().default(''),
      name: z.string().default(''),
      preferredUsername: z.string().default(''),
      emailVerified: z.boolean().default(true),
      userID: z.string().min(1),
      groups: z.array(z.string().min(1)).default([]),
    })
    .transform((user, context): StaticPassword => {
      const { hash, hashFromEnv, username, name, ...rest } = user
      const key = hash === undefined && hashFromEnv !== undefined ? 'hashFromEnv' : 'hash'
      const given = hash ?? env[hashFromEnv ?? '']
      const bcryptHash = given === undefined ? undefined : decodeHash(given)
      const message = given === undefined ? missing(hashFromEnv) : problemOf(bcryptHash)
      if (message) context.addIssue({ code: 'custom', path: [key], message })
      return { ...rest, name: name || username, hash: bcryptHash ?? '' }
    })
}

function missing(variable: string | undefined): string {
  return variable
    ? `names the variable ${variable}, which is not set`
    : 'is missing; give hash or hashFromEnv'
}

/** Dex takes the hash as it is or in base64. */
function decodeHash(text: string): string | undefined {
  if (BCRYPT.test(text)) return text
  const decoded = Buffer.from(text, 'base64').toString('latin1')
  return BCRYPT.test(decoded) ? decoded : undefined
}

function problemOf(hash: string | undefined): string | undefined {
  const cost = Number(BCRYPT.exec(hash ?? '')?.[1])
  if (Number.isNaN(cost)) return 'is not a bcrypt hash (htpasswd -bnBC 10 "" PASSWORD makes one)'
  if (cost < LEAST_COST || cost > MOST_COST) {
    return `has the bcrypt cost ${cost}; it must be between ${LEAST_COST} and ${MOST_COST}`
  }
  return undefined
}
