import type { PasswordConnector } from './connector.ts'
import { become } from './simulated.ts'
import type { Users } from './users.ts'

/**
 * A directory where everybody is who they say: the form is that of Dex's `ldap`, and every password that is
 * not empty is right.
 */
export function createSimulatedLdapConnector(
  id: string,
  name: string,
  prompt: string,
  users: Users,
): PasswordConnector {
  return {
    kind: 'password',
    type: 'ldap',
    id,
    name,
    prompt,
    async login(login, password) {
      const isSaid = login.trim() !== '' && password !== ''
      return isSaid ? become('ldap', { login: login.trim(), groups: [] }, users) : undefined
    },
    refresh: async (identity) => identity,
  }
}
