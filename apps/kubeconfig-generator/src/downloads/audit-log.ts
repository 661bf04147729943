import { appendFile } from 'node:fs/promises'
import { DownloadError } from './errors.ts'

/** What happened to a file of a cluster. Times are RFC 3339. */
export interface AuditEvent {
  readonly event: 'downloaded' | 'refused' | 'revoked' | 'expired'
  /** Who asked; for `expired` and `revoked`, who had downloaded it. */
  readonly user: string
  readonly clusterId: string
  readonly cluster?: string
  readonly project?: string
  readonly file?: string
  /** Of a credential that was issued for the download. */
  readonly downloadId?: string
  /** Until when the file is good; in the format `exec`, absent. */
  readonly expiresAt?: string
  readonly reason?: string
  readonly auditId?: string
}

/**
 * Appends one line of JSON. The file is made for its owner only; single writes of this size are not mixed with
 * those of other processes.
 *
 * @throws DownloadError `ERR_AUDIT`
 */
export async function appendAudit(file: string, event: AuditEvent): Promise<void> {
  try {
    const line = JSON.stringify({ time: new Date().toISOString(), ...event })
    await appendFile(file, `${line}\n`, { mode: 0o600 })
  } catch (cause) {
    const message = `the audit log ${file} can't be written: ${(cause as Error).message}`
    throw new DownloadError('ERR_AUDIT', message, { cause })
  }
}
