import { z } from 'zod'
import { type Environment, expandEnv } from './expand-env.ts'

const AVAILABLE = ['memory', 'sqlite3', 'kubernetes'] as const
/** Storages of Dex that need a server; the mock keeps in memory what it would keep there. */
export const IN_MEMORY_HERE = ['etcd', 'mysql', 'postgres'] as const

/** Where the Secrets are: `inCluster` is the Pod's own namespace, by its ServiceAccount. */
function kubernetesSchema(env: Environment) {
  return z.union(
    [
      z
        .strictObject({ inCluster: z.literal(true) })
        // An operator's file starts the mock on any machine; there it has no cluster to keep anything in.
        .transform((config) => ({ ...config, isInCluster: env['KUBERNETES_SERVICE_HOST'] !== undefined })),
      z.strictObject({
        inCluster: z.literal(false).default(false),
        kubeConfigFile: z.string().min(1, 'is empty; give the path of a kubeconfig'),
      }),
    ],
    { error: () => 'needs kubeConfigFile, or inCluster: true' },
  )
}
export type KubernetesSettings = z.output<ReturnType<typeof kubernetesSchema>>

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
      z.strictObject({
        type: z.literal('kubernetes'),
        config: z.preprocess((value) => expandEnv(value, env), kubernetesSchema(env)),
      }),
      z.strictObject({ type: z.enum(IN_MEMORY_HERE), config: z.unknown().optional() }),
    ],
    { error: () => `is not a storage type; use one of: ${[...AVAILABLE, ...IN_MEMORY_HERE].join(', ')}` },
  )
}

export type StorageSettings = z.output<ReturnType<typeof storageSchema>>

/** True for a file that is made for a Pod, outside of every Pod: there everything is kept in memory. Pure. */
export function isOutsideCluster(settings: StorageSettings): boolean {
  return settings.type === 'kubernetes' && settings.config.inCluster && !settings.config.isInCluster
}
