import type { Identity } from '../claims/identity.ts'
import type { CallbackConnector } from './connector.ts'

/** The one user of Dex's mock connectors. */
export const KILGORE: Identity = {
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
    type: 'mockCallback',
    id,
    name,
    loginURL: async ({ callbackPath, state }) =>
      `${callbackPath}?${new URLSearchParams({ state }).toString()}`,
    handleCallback: async () => KILGORE,
    refresh: async () => KILGORE,
  }
}
