import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { objectsIn } from './log-lines.ts'

const userSchema = z.object({ username: z.string(), groups: z.array(z.string()).default([]) })

/** As much of an audit.k8s.io/v1 Event as the story of a request needs. */
const auditEventSchema = z.object({
  auditID: z.string(),
  stage: z.string(),
  requestURI: z.string(),
  verb: z.string(),
  user: userSchema,
  impersonatedUser: userSchema.optional(),
  responseStatus: z.object({ code: z.int().optional(), message: z.string().optional() }).optional(),
  requestReceivedTimestamp: z.string(),
  stageTimestamp: z.string(),
  sourceIPs: z.array(z.string()).default([]),
  annotations: z.record(z.string(), z.string()).default({}),
})
export type AuditEvent = z.output<typeof auditEventSchema>

/** The events with this Audit-ID, the oldest first, from the newest file of the log that has any. */
export async function auditEventsOf(
  auditLog: string,
  auditId: string,
  signal: AbortSignal,
): Promise<AuditEvent[]> {
  const text = `"auditID":${JSON.stringify(auditId)}`
  for (const file of [auditLog, ...(await rotatedFiles(auditLog))]) {
    const events: AuditEvent[] = []
    for await (const value of objectsIn(file, text, signal)) {
      const event = auditEventSchema.safeParse(value)
      if (event.success) events.push(event.data)
    }
    if (events.length > 0) return events
  }
  return []
}

/** kube-apiserver renames a full log to `audit-<time>.log` (lumberjack); the newest first. */
async function rotatedFiles(auditLog: string): Promise<string[]> {
  const stem = basename(auditLog, '.log')
  const names = await readdir(dirname(auditLog))
  return names
    .filter((name) => name.startsWith(`${stem}-`) && name.endsWith('.log'))
    .toSorted()
    .toReversed()
    .map((name) => join(dirname(auditLog), name))
}
