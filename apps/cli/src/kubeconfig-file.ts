import { existsSync } from 'node:fs'

/** Where kubectl would write new entries: the first of its files that is there, else the first. */
export function mergeTarget(files: readonly string[]): string {
  const target = files.find((file) => existsSync(file)) ?? files[0]
  if (target === undefined) throw new Error('KUBECONFIG names no file; set it to one, or unset it')
  return target
}
