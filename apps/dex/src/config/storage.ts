import { z } from 'zod'
import { type Environment, expandEnv } from './expand-env.ts'

const AVAILABLE = ['memory', 'sqlite3'] as const
const DEX_ONLY: ReadonlySet<unknown> = new Set(['kubernetes', 'etcd', 'mysql', 'postgres'])

/** Dex's `storage`, of which the mock has two types. */
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
    ],
    {
      error: ({ input }) => {
        const type = (input as { type?: unknown } | undefined)?.type
        const known = DEX_ONLY.has(type)
        return `${known ? `${String(type)} is not available in the mock` : 'is not a storage type'}; use one of: ${AVAILABLE.join(', ')}`
      },
    },
  )
}

export type StorageSettings = z.output<ReturnType<typeof storageSchema>>
