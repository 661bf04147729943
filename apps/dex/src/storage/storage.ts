/** What is kept under a kind and an id; plain JSON. */
export interface Entry<T extends object = object> {
  readonly value: T
  /** Seconds since the epoch; from then on the entry is gone. Without it, it stays. */
  readonly expiresAt?: number
  /** The authorization that it belongs to. */
  readonly grantId?: string
}

/** An entry as it is read. `consumedAt` is set once it was used, in milliseconds since the epoch. */
export interface StoredEntry<T extends object = object> extends Entry<T> {
  readonly consumedAt?: number
}

/**
 * Where keys, authorization requests, codes and refresh tokens live. Every implementation passes the same
 * suite (test/storage.test.ts). Entries are copied in and out: changing one changes nothing here.
 *
 * @throws DexError `ERR_STORAGE`, from every method
 */
export interface Storage extends AsyncDisposable {
  /** Writes an entry, in place of the one that was there; one that was consumed stays so. */
  readonly put: (kind: string, id: string, entry: Entry) => Promise<void>
  /** Undefined when there is none or it has expired. `T` is the caller's promise of what it wrote. */
  readonly get: <T extends object>(kind: string, id: string) => Promise<StoredEntry<T> | undefined>
  /**
   * Writes what `change` makes of an entry, and nobody writes in between; with undefined it stays as it is.
   * Returns the entry as it is then. `change` is called again where somebody else was faster.
   */
  readonly update: <T extends object>(
    kind: string,
    id: string,
    change: (current: StoredEntry<T> | undefined) => Entry<T> | undefined,
  ) => Promise<StoredEntry<T> | undefined>
  /**
   * Marks an entry as used. True for exactly one of all calls, however many come at once; false for the
   * others and where there is no such entry.
   */
  readonly consume: (kind: string, id: string) => Promise<boolean>
  readonly delete: (kind: string, id: string) => Promise<void>
  /** Deletes the entries of `kind` that belong to `grantId`. */
  readonly deleteByGrant: (kind: string, grantId: string) => Promise<void>
  /** Deletes what has expired and returns how many that were. */
  readonly collectGarbage: () => Promise<number>
}

/** Milliseconds since the epoch. */
export type Clock = () => number

/** True once `entry` is no longer there for anybody. */
export function isExpired(entry: Pick<Entry, 'expiresAt'>, now: number): boolean {
  return entry.expiresAt !== undefined && entry.expiresAt * 1000 <= now
}

/** The entry that takes the place of `current`, which is not expired: what was consumed stays so. Pure. */
export function replacement<T extends object>(
  current: Pick<StoredEntry, 'consumedAt'> | undefined,
  { value, expiresAt, grantId }: Entry<T>,
): StoredEntry<T> {
  return {
    value,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(grantId === undefined ? {} : { grantId }),
    ...(current?.consumedAt === undefined ? {} : { consumedAt: current.consumedAt }),
  }
}
