import { delimiter, join } from 'node:path'
import type { KubeconfigDocument } from './document.ts'
import { KubeconfigError } from './errors.ts'
import { mergeKubeconfigs } from './merge.ts'
import { readKubeconfig } from './parse.ts'

/**
 * The files that kubectl reads, the most important one first: those of KUBECONFIG, else `.kube/config` below
 * `home`. Pure.
 */
export function kubeconfigFiles(env: Readonly<Record<string, string | undefined>>, home: string): string[] {
  const { KUBECONFIG: list } = env
  if (!list) return [join(home, '.kube', 'config')]
  return [...new Set(list.split(delimiter))].filter((file) => file !== '')
}

/**
 * The merged document of a KUBECONFIG list. Files that are not there are left out, as kubectl does; the
 * problems of the others are told together.
 *
 * @throws KubeconfigError `ERR_UNREADABLE`, `ERR_INVALID_KUBECONFIG`
 */
export async function loadKubeconfigs(files: readonly string[]): Promise<KubeconfigDocument> {
  const results = await Promise.allSettled(files.map(readKubeconfig))
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []))
  const serious = errors.filter((error) => !isMissing(error))
  if (serious.length > 0) {
    const code = serious[0] instanceof KubeconfigError ? serious[0].code : 'ERR_UNREADABLE'
    throw new KubeconfigError(code, serious.map(({ message }) => message).join('; '), { cause: serious[0] })
  }
  return mergeKubeconfigs(results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])))
}

function isMissing({ cause }: Error): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
}
