/** One request that kubectl made, from what it logs. */
export interface Exchange {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly auditId: string
}

const REQUEST = /round_trippers\.go:\d+\] "Request" verb="(?<method>[A-Z]+)" url="(?<url>[^"]+)"/
const RESPONSE = /round_trippers\.go:\d+\] "Response" status="(?<status>\d+)/
const AUDIT_ID = /^\s+Audit-Id: (?<id>\S+)\s*$/

/** The requests in the log of kubectl with `--v=8`, in their order, as far as they were answered. Pure. */
export function exchangesOf(log: string): Exchange[] {
  const exchanges: Exchange[] = []
  let request = { method: '', url: '' }
  for (const line of log.split('\n')) {
    const asked = REQUEST.exec(line)?.groups
    if (asked) request = { method: asked['method']!, url: asked['url']! }
    const answered = RESPONSE.exec(line)?.groups
    if (answered) exchanges.push({ ...request, status: Number(answered['status']), auditId: '' })
    const id = AUDIT_ID.exec(line)?.groups?.['id']
    const last = exchanges.at(-1)
    if (id !== undefined && last?.auditId === '') exchanges[exchanges.length - 1] = { ...last, auditId: id }
  }
  return exchanges
}

const ERROR = /^Error from server(?: \((?<reason>\w+)\))?: (?<message>.*)$/gm
/** How kubectl tells of a refusal once it gave up WebSockets for SPDY. */
const UPGRADE_ERROR =
  /^error: (?:error upgrading connection: )?unable to upgrade connection: (?<message>.*)$/gm

/** What kubectl says at the end about the API server's refusal. Pure. */
export function errorOf(log: string): { reason: string; message: string } | undefined {
  const error = [...log.matchAll(ERROR)].at(-1)?.groups
  if (error) return { reason: error['reason'] ?? '', message: error['message'] ?? '' }
  const message = [...log.matchAll(UPGRADE_ERROR)].at(-1)?.groups?.['message']
  return message === undefined ? undefined : { reason: '', message }
}
