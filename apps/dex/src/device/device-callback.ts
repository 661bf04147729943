import { isDeviceCallback, type StaticClient } from '../config/static-clients.ts'

/** Where the browser comes back to once a user has logged in for a device, below the issuer. */
export const DEVICE_CALLBACK_PATH = '/device/callback'

/**
 * Whether a client may use the device flow: a public one without redirect URIs, or one that has
 * `/device/callback` among them. Pure.
 *
 * @see Dex, server/oauth2.go, validateRedirectURI
 */
export function isDeviceFlowAllowed({ public: isPublic, redirectURIs }: StaticClient): boolean {
  return redirectURIs.some(isDeviceCallback) || (isPublic && redirectURIs.length === 0)
}
