import type { Identity } from '../claims/identity.ts'
import type { Persona, SimulatedConnector } from './connector.ts'
import { identityOf } from './local.ts'
import { simulatedUserID } from './simulated-user-id.ts'
import type { Users } from './users.ts'

/**
 * A connector to GitHub, Google and the like that asks who to be. Somebody of the password database gets
 * that name and those groups; anybody else what was typed.
 */
export function createSimulatedConnector(
  id: string,
  name: string,
  type: string,
  users: Users,
): SimulatedConnector {
  return {
    kind: 'simulated',
    type,
    id,
    name,
    suggestions: () => users.list().map(({ email, groups }) => ({ login: email, groups })),
    become: (persona) => become(type, persona, users),
    refresh: async (identity) => identity,
  }
}

/** Who `login` is to a service of that type. Pure but for the users. */
export function become(type: string, { login, groups }: Persona, users: Users): Identity {
  const email = login.includes('@') ? login.toLowerCase() : `${login.toLowerCase()}@${type}.example`
  const known = users.find(email)
  const identity = known ? identityOf(known) : undefined
  const localPart = email.slice(0, email.indexOf('@'))
  return {
    userID: simulatedUserID(type, email),
    username: identity?.username || localPart,
    preferredUsername: identity?.preferredUsername || localPart,
    email: identity?.email ?? email,
    emailVerified: identity?.emailVerified ?? true,
    groups: groups.length > 0 ? groups : (identity?.groups ?? []),
  }
}
