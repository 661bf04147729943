import type { StaticPassword } from '../config/static-passwords.ts'

/** A user of the password database; without a `hash` no password is right. */
export interface User extends Omit<StaticPassword, 'hash'> {
  readonly hash: string | undefined
}

/** The users of the password database. Emails are compared without regard to case, as in Dex. */
export interface Users {
  readonly list: () => readonly User[]
  readonly find: (email: string) => User | undefined
  /** Adds a user, or replaces the one with the same email. */
  readonly put: (user: User) => void
  /** False when there is none. */
  readonly delete: (email: string) => boolean
}

/** The password database of `staticPasswords`; changes are forgotten at the next start. */
export function createUsers(passwords: readonly StaticPassword[]): Users {
  const keyOf = (email: string) => email.toLowerCase()
  const users = new Map<string, User>(passwords.map((user) => [keyOf(user.email), user]))
  return {
    list: () => [...users.values()],
    find: (email) => users.get(keyOf(email)),
    put: (user) => void users.set(keyOf(user.email), user),
    delete: (email) => users.delete(keyOf(email)),
  }
}
