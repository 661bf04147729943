import { randomBytes } from 'node:crypto'
import { hash } from 'bcryptjs'
import { writePrivateFile } from '@gatehouse/private-files'
import type { Configuration } from './configuration.ts'
import { readPasswords } from './passwords.ts'
import type { StateDirectory } from './state-directory.ts'

/** Somebody who can log in, with the password in clear and as dex wants it. */
export interface Person {
  readonly email: string
  readonly name: string
  readonly userID: string
  readonly groups: readonly string[]
  readonly password: string
  /** bcrypt of `password`. */
  readonly hash: string
}

/**
 * Passwords belong to one machine's throw-away users, and bcrypt at its minimum Dex accepts (cost 10) is paid
 * once: the hash is kept beside the password.
 */
const BCRYPT_COST = 10

/**
 * The people of the configuration with their passwords: the configured one, else the one of the last start,
 * else a new one of 96 random bits. The passwords are written to the state directory, mode 0600.
 */
export async function preparePeople(configuration: Configuration, state: StateDirectory): Promise<Person[]> {
  const remembered = await readPasswords(state)
  const people = await Promise.all(
    configuration.identity.users.map(async (user): Promise<Person> => {
      const known = remembered[user.email]
      const password = user.password ?? known?.password ?? randomBytes(12).toString('base64url')
      return {
        email: user.email,
        name: user.name ?? user.email,
        userID: user.userID ?? user.email,
        groups: user.groups,
        password,
        hash: known?.password === password ? known.hash : await hash(password, BCRYPT_COST),
      }
    }),
  )
  const passwords = Object.fromEntries(
    people.map(({ email, password, hash: kept }) => [email, { password, hash: kept }]),
  )
  await writePrivateFile(state.passwordsFile, `${JSON.stringify(passwords, undefined, 2)}\n`)
  return people
}
