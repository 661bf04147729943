import { compare } from 'bcryptjs'
import type { Identity } from '../claims/identity.ts'
import { LOCAL_CONNECTOR_ID } from '../config/check-together.ts'
import type { PasswordConnector } from './connector.ts'
import type { User, Users } from './users.ts'

/** Dex's password database: emails are compared without regard to case. */
export function createLocalConnector(users: Users): PasswordConnector {
  const decoy = decoyHash(users.list())
  return {
    kind: 'password',
    type: 'local',
    id: LOCAL_CONNECTOR_ID,
    name: 'Email',
    prompt: 'Email Address',
    async login(email, password) {
      const user = users.find(email)
      // An unknown user costs as much time as a wrong password.
      const isRight = await compare(password, user?.hash ?? decoy)
      return user?.hash && isRight ? identityOf(user) : undefined
    },
    async refresh(identity) {
      const user = users.find(identity.email)
      // Another user under the same email is not the one who logged in.
      return user?.userID === identity.userID ? identityOf(user) : undefined
    },
  }
}

/** Who a user of the password database is. */
export function identityOf(user: User): Identity {
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
function decoyHash(users: readonly User[]): string {
  const costs = users.flatMap(({ hash }) => (hash ? [hash.slice(4, 6)] : [])).toSorted()
  const cost = costs[Math.floor(costs.length / 2)] ?? '10'
  return `$2a$${cost}$${'.'.repeat(22)}${'u'.repeat(31)}`
}
