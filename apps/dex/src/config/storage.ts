import { z } from 'zod'
import { type Environment, expandEnv } from './expand-env.ts'

const AVAILABLE = ['memory', 'sqlite3'] as const
/** Storages of Dex that need a server; the mock keeps in memory what it would keep there. */
export const IN_MEMORY_HERE = ['kubernetes', 'etcd', 'mysql', 'postgres'] as const

/** Dex's `storage`. */
export function storageSchema(env: Environment) {
  return z.discriminatedUnion(
    'type',
    [
      z.strictObject({ type: z.literal('memory'), config: z.strictObject({}).nullish() }),
      z.strictObject({
        type: z.literal('sqlite3'),
        config: z.preprocess(
          (value) => expandEnv(value, env),
          z.strictObject({ file: z.string().min(1, 'is empty; give the path of a file') }),
        ),
      }),
      z.strictObject({ type: z.enum(IN_MEMORY_HERE), config: z.unknown().optional() }),
    ],
    { error: () => `is not a storage type; use one of: ${[...AVAILABLE, ...IN_MEMORY_HERE].join(', ')}` },
  )
}

export type StorageSettings = z.output<ReturnType<typeof storageSchema>>
