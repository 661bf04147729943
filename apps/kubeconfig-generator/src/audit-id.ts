import { randomUUID } from 'node:crypto'

/**
 * The id under which this request stands in every log on its way. The caller's is kept where it is one
 * that can stand in a log (Kubernetes takes Audit-ID from callers too), and a new one made otherwise.
 */
export function auditIdOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(header) ? header : randomUUID()
}
