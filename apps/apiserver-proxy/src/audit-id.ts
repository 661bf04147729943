import { randomUUID } from 'node:crypto'

/**
 * The ID under which gateway, proxy and API server log one request: the client's where it is harmless,
 * else a new one.
 */
export function auditIdOf(fromClient: string | undefined): string {
  return fromClient !== undefined && /^[\w.:-]{1,128}$/.test(fromClient) ? fromClient : randomUUID()
}
