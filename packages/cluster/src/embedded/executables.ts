import { type BinaryName, type ResolvedBinary, resolveBinaries } from '@gatehouse/binaries'
import type { PrepareOptions } from '../provider.ts'

/** What an embedded cluster runs, and kubectl. */
export const embeddedExecutables = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kwok',
] as const satisfies readonly BinaryName[]

export type Executables = Readonly<Record<(typeof embeddedExecutables)[number], ResolvedBinary>>

export interface ExecutableOptions {
  /** Executables that must be taken, instead of looking for them. */
  readonly explicit?: Readonly<Partial<Record<BinaryName, string>>>
  /** Instead of $XDG_CACHE_HOME/gatehouse. */
  readonly cacheDirectory?: string
}

/** Finds or fetches the executables once; what failed or was interrupted is looked for again. */
export function executableResolver(
  given: ExecutableOptions,
): (options: PrepareOptions) => Promise<Executables> {
  let resolved: Promise<Executables> | undefined
  return ({ env, signal, onProgress }) => {
    resolved ??= resolveBinaries(embeddedExecutables, {
      env,
      signal,
      ...given,
      ...(onProgress ? { onProgress } : {}),
    })
    resolved.catch(() => (resolved = undefined))
    return resolved
  }
}
