import { equalInConstantTime } from '../http/browser-cookie.ts'
import type { PasswordConnector } from './connector.ts'
import { KILGORE } from './mock-callback.ts'

/** Dex's `mockPassword`: one name and one password, for the same user as `mockCallback`'s, without groups. */
export function createMockPasswordConnector(
  id: string,
  name: string,
  right: { readonly username: string; readonly password: string },
): PasswordConnector {
  const identity = { ...KILGORE, groups: [] }
  return {
    kind: 'password',
    type: 'mockPassword',
    id,
    name,
    prompt: 'Username',
    async login(login, password) {
      const fits = [equalInConstantTime(login, right.username), equalInConstantTime(password, right.password)]
      return fits.every(Boolean) ? identity : undefined
    },
    refresh: async () => identity,
  }
}
