import type { Identity } from '../claims/identity.ts'
import type { CallbackConnector } from './connector.ts'

/** The one user of Dex's `mockCallback`. */
const KILGORE: Identity = {
  userID: '0-385-28089-0',
  username: 'Kilgore Trout',
  preferredUsername: '',
  email: 'kilgore@kilgore.trout',
  emailVerified: true,
  groups: ['authors'],
}

/** Dex's `mockCallback`: everybody is logged in as the same user, without being asked. */
export function createMockCallbackConnector(id: string, name: string): CallbackConnector {
  return {
    kind: 'callback',
    id,
    name,
    loginURL: (callbackURL, state) => `${callbackURL}?${new URLSearchParams({ state }).toString()}`,
    handleCallback: async () => KILGORE,
    refresh: async () => KILGORE,
  }
}
