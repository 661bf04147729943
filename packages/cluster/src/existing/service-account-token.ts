import { z } from 'zod'
import type { Kubectl } from './kubectl.ts'
import type { Right } from './rights.ts'

export interface ServiceAccountName {
  readonly namespace: string
  readonly name: string
}

export interface ServiceAccountToken {
  readonly token: string
  /** By the cluster's clock. */
  readonly expiresAt: Date
  readonly issuedAt: Date
}

const requestSchema = z.object({
  metadata: z.object({ creationTimestamp: z.iso.datetime() }),
  status: z.object({ token: z.string().min(1), expirationTimestamp: z.iso.datetime() }),
})

/** The right to request a token for a ServiceAccount. Pure. */
export function rightToRequestToken({ namespace, name }: ServiceAccountName): Right {
  return { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', namespace, name }
}

/**
 * Requests a token for the API server itself (TokenRequest). The cluster stores nothing of it; it may give another
 * lifetime than asked for, which is at least 10 minutes.
 */
export async function requestToken(
  { namespace, name }: ServiceAccountName,
  lifetimeSeconds: number,
  { kubectl, signal }: { kubectl: Kubectl; signal: AbortSignal },
): Promise<ServiceAccountToken> {
  const text = await kubectl.run(
    ['create', 'token', name, `--namespace=${namespace}`, `--duration=${lifetimeSeconds}s`, '--output=json'],
    { signal },
  )
  const { metadata, status } = requestSchema.parse(JSON.parse(text))
  return {
    token: status.token,
    expiresAt: new Date(status.expirationTimestamp),
    issuedAt: new Date(metadata.creationTimestamp),
  }
}
