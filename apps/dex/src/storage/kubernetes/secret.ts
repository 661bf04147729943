import { createHash } from 'node:crypto'
import type { V1OwnerReference, V1Secret } from '@kubernetes/client-node'
import type { StoredEntry } from '../storage.ts'

const DOMAIN = 'dex.gatehouse.localhost'
const MANAGED = { 'app.kubernetes.io/managed-by': 'gatehouse-dex' }
const KIND = `${DOMAIN}/kind`
const GRANT = `${DOMAIN}/grant`

/** Selects every Secret that the storage keeps, and no other. */
export const ALL = selector(MANAGED)

/** Selects those of `kind` that belong to `grantId`. Pure. */
export function ofGrant(kind: string, grantId: string): string {
  return selector({ ...MANAGED, [KIND]: kind, [GRANT]: digest(grantId) })
}

/** The Secret's name: an id may be a code or a refresh token, and names stand in the audit log. Pure. */
export function nameOf(kind: string, id: string): string {
  return `dex-${digest(`${kind}\0${id}`)}`
}

/** An entry as a Secret, since it holds keys and tokens: read by few, encrypted at rest where that is on. Pure. */
export function toSecret(
  kind: string,
  id: string,
  entry: StoredEntry,
  { resourceVersion, owner }: { resourceVersion?: string | undefined; owner?: V1OwnerReference | undefined },
): V1Secret {
  return {
    metadata: {
      name: nameOf(kind, id),
      labels: {
        ...MANAGED,
        [KIND]: kind,
        ...(entry.grantId === undefined ? {} : { [GRANT]: digest(entry.grantId) }),
      },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    type: `${DOMAIN}/entry`,
    data: { entry: Buffer.from(JSON.stringify(entry)).toString('base64') },
  }
}

/**
 * The entry in a Secret. Pure.
 *
 * @throws SyntaxError when somebody else has written it
 */
export function fromSecret<T extends object>({ data }: V1Secret): StoredEntry<T> {
  return JSON.parse(Buffer.from(data?.['entry'] ?? '', 'base64').toString()) as StoredEntry<T>
}

/** What a label's value may be (63 characters), and a collision that nobody finds. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40)
}

function selector(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
}
