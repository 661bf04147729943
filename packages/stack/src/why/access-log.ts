import { z } from 'zod'
import { objectsIn } from './log-lines.ts'

/** A line of the apiserver-proxy's access log: a request that is over. */
const accessLineSchema = z.object({
  msg: z.literal('request'),
  time: z.string(),
  auditId: z.string(),
  user: z.string().optional(),
  groups: z.array(z.string()).default([]),
  /** Whom the user acts as, with `kubectl --as`. */
  impersonatedUser: z.string().optional(),
  impersonatedGroups: z.array(z.string()).default([]),
  method: z.string(),
  path: z.string(),
  verb: z.string().optional(),
  group: z.string().optional(),
  resource: z.string().optional(),
  subresource: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string().optional(),
  decision: z.enum(['allowed', 'denied', 'refused']),
  status: z.int(),
  reason: z.string().optional(),
  durationMs: z.number(),
  remoteAddress: z.string().optional(),
})
export type AccessLine = z.output<typeof accessLineSchema>

/** Which request is meant by `last`: the last one, or the last one of somebody, or that somebody was denied. */
export interface LastRequest {
  readonly user?: string
  readonly denied?: boolean
}

/** The lines with this Audit-ID; clients may choose it, so there can be several. */
export async function accessLinesOf(
  logFile: string,
  auditId: string,
  signal: AbortSignal,
): Promise<AccessLine[]> {
  const lines: AccessLine[] = []
  for await (const line of accessLines(logFile, `"auditId":${JSON.stringify(auditId)}`, signal))
    lines.push(line)
  return lines
}

/** The Audit-ID of the last request in the log of this start, or in that of the one before. */
export async function lastAuditId(
  logFile: string,
  { user, denied = false }: LastRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const file of [logFile, `${logFile}.1`]) {
    let found: string | undefined
    for await (const line of linesIn(file, '"msg":"request"', signal)) {
      const isMeant = (user === undefined || line.user === user) && (!denied || line.decision !== 'allowed')
      if (isMeant) found = line.auditId
    }
    if (found !== undefined) return found
  }
  return undefined
}

/** The log of the start before this one comes first. */
async function* accessLines(logFile: string, text: string, signal: AbortSignal): AsyncGenerator<AccessLine> {
  for (const file of [`${logFile}.1`, logFile]) yield* linesIn(file, text, signal)
}

async function* linesIn(file: string, text: string, signal: AbortSignal): AsyncGenerator<AccessLine> {
  for await (const value of objectsIn(file, text, signal)) {
    const line = accessLineSchema.safeParse(value)
    if (line.success) yield line.data
  }
}
