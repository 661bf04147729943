import { SIGNED_IN_PATH, SIGNED_OUT_PATH } from './paths.ts'

/** Only a path of this very page: what comes back with a login must not lead elsewhere. Pure. */
export function pathAfterLogin(userState: unknown): string {
  const path = (userState as { path?: unknown } | undefined)?.path
  const isOwn = typeof path === 'string' && /^\/(?![/\\])/.test(path)
  return isOwn && !path.startsWith(SIGNED_IN_PATH) && !path.startsWith(SIGNED_OUT_PATH) ? path : '/'
}
