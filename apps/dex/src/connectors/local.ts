import { compare } from 'bcryptjs'
import type { Identity } from '../claims/identity.ts'
import { LOCAL_CONNECTOR_ID } from '../config/check-together.ts'
import type { StaticPassword } from '../config/static-passwords.ts'
import type { PasswordConnector } from './connector.ts'

/** Dex's password database: emails are compared without regard to case. */
export function createLocalConnector(passwords: readonly StaticPassword[]): PasswordConnector {
  const users = new Map(passwords.map((user) => [user.email.toLowerCase(), user]))
  const decoy = decoyHash(passwords)
  const find = (email: string) => users.get(email.toLowerCase())
  return {
    kind: 'password',
    id: LOCAL_CONNECTOR_ID,
    name: 'Email',
    prompt: 'Email Address',
    async login(email, password) {
      const user = find(email)
      // An unknown user costs as much time as a wrong password.
      const isRight = await compare(password, user?.hash ?? decoy)
      return user && isRight ? identityOf(user) : undefined
    },
    async refresh(identity) {
      const user = find(identity.email)
      // Another user under the same email is not the one who logged in.
      return user?.userID === identity.userID ? identityOf(user) : undefined
    },
  }
}

function identityOf(user: StaticPassword): Identity {
  return {
    userID: user.userID,
    username: user.name,
    preferredUsername: user.preferredUsername,
    email: user.email,
    emailVerified: user.emailVerified,
    groups: user.groups,
  }
}

/** A hash of nothing in particular, as dear as most of the real ones. */
function decoyHash(passwords: readonly StaticPassword[]): string {
  const costs = passwords.map(({ hash }) => hash.slice(4, 6)).toSorted()
  const cost = costs[Math.floor(costs.length / 2)] ?? '10'
  return `$2a$${cost}$${'.'.repeat(22)}${'u'.repeat(31)}`
}
