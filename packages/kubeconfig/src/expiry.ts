import type { KubeconfigDocument, KubeconfigUser } from './document.ts'

/** The name of the extension of a user entry that says when its credential ends. */
const EXPIRY_EXTENSION = 'gatehouse/expiry'

/** The extension, to the second, as Kubernetes writes times. */
export function expiryExtension(expiresAt: Date) {
  return { name: EXPIRY_EXTENSION, extension: { expiresAt: formatTime(expiresAt) } }
}

/** When the credential of `user` ends, if its entry says so. */
export function expiryOf(user: KubeconfigUser): Date | undefined {
  const found = user.extensions?.find(({ name }) => name === EXPIRY_EXTENSION)?.extension
  if (typeof found !== 'object' || found === null || !('expiresAt' in found)) return undefined
  const time = typeof found.expiresAt === 'string' ? new Date(found.expiresAt) : undefined
  return time && !Number.isNaN(time.getTime()) ? time : undefined
}

/** Sentences for the person who opens the file: one for each credential that ends. */
export function expiryComment({ users }: KubeconfigDocument): string[] {
  return users.flatMap(({ name, user }) => {
    const expiry = expiryOf(user)
    // A name that breaks the line would end the comment.
    return expiry ? [` The credential of ${JSON.stringify(name)} expires at ${formatTime(expiry)}.`] : []
  })
}

/** RFC 3339 in UTC, to the second. */
function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z')
}
