import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** As much of an audit.k8s.io/v1 Event as is compared. */
export interface AuditEvent {
  readonly requestURI: string
  readonly user: string
  /** Whom the user acted as; undefined if as nobody else. */
  readonly impersonatedUser: string | undefined
  /** The response's code; undefined for a stage without one. */
  readonly code: number | undefined
  /** The authorizer's decision: allow or forbid; undefined where the log does not say. */
  readonly decision: string | undefined
}

/** How far an audit log was written at some time. */
export interface AuditPosition {
  readonly inode: number
  readonly bytes: number
}

export async function positionOf(file: string): Promise<AuditPosition> {
  const { ino, size } = await stat(file)
  return { inode: ino, bytes: size }
}

const AUDIT_ID = /"auditID":"([^"]+)"/

/**
 * The events with an ID of `wanted` that were logged since `since`, by their ID. Follows the API server's
 * rotation: what was moved away since then is read, too.
 */
export async function readAuditEvents(
  file: string,
  since: AuditPosition,
  wanted: ReadonlySet<string>,
): Promise<Map<string, AuditEvent[]>> {
  const events = new Map<string, AuditEvent[]>()
  for (const { path, start } of await filesSince(file, since)) {
    const lines = createInterface({ input: createReadStream(path, { start }), crlfDelay: Infinity })
    for await (const line of lines) {
      const id = AUDIT_ID.exec(line)?.[1]
      if (id === undefined || !wanted.has(id)) continue
      const event = parse(line)
      if (event) events.set(id, [...(events.get(id) ?? []), event])
    }
  }
  return events
}

/** The log itself, and its backups (NAME-TIMESTAMP.EXT) that were written to since. */
async function filesSince(file: string, since: AuditPosition): Promise<{ path: string; start: number }[]> {
  const extension = extname(file)
  const stem = basename(file, extension)
  const names = await readdir(dirname(file))
  const backups = names.filter((name) => name.startsWith(`${stem}-`) && name.endsWith(extension)).toSorted()
  const all = await Promise.all(
    [...backups, basename(file)].map(async (name) => {
      const path = join(dirname(file), name)
      return { path, inode: (await stat(path)).ino }
    }),
  )
  // The log that was written to then has another name if it was rotated; older ones are of no interest.
  const first = all.findIndex(({ inode }) => inode === since.inode)
  return all
    .slice(Math.max(0, first))
    .map(({ path, inode }) => ({ path, start: inode === since.inode ? since.bytes : 0 }))
}

interface RawEvent {
  readonly requestURI?: string
  readonly user?: { readonly username?: string }
  readonly impersonatedUser?: { readonly username?: string }
  readonly responseStatus?: { readonly code?: number }
  readonly annotations?: Readonly<Record<string, string>>
}

/** Undefined for a line that is still being written. */
function parse(line: string): AuditEvent | undefined {
  try {
    const {
      requestURI = '',
      user,
      impersonatedUser,
      responseStatus,
      annotations,
    } = JSON.parse(line) as RawEvent
    return {
      requestURI,
      user: user?.username ?? '',
      impersonatedUser: impersonatedUser?.username,
      code: responseStatus?.code,
      decision: annotations?.['authorization.k8s.io/decision'],
    }
  } catch {
    return undefined
  }
}
