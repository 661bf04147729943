import { existsSync } from 'node:fs'
import type { KubeconfigDocument } from '@gatehouse/kubeconfig'

/** Where kubectl would write new entries: the first of its files that is there, else the first. */
export function mergeTarget(files: readonly string[]): string {
  const target = files.find((file) => existsSync(file)) ?? files[0]
  if (target === undefined) throw new Error('KUBECONFIG names no file; set it to one, or unset it')
  return target
}

/**
 * Makes the users that log in with `gatehouse get-token` start it by `command`, since it may not be on PATH.
 * Returns whether there was one.
 */
export function startGetTokenBy(
  document: KubeconfigDocument,
  command: readonly [string, ...string[]],
): boolean {
  const [program, ...before] = command
  const plugins = document.users.flatMap(({ user }) =>
    user.exec?.command === 'gatehouse' ? [user.exec] : [],
  )
  for (const exec of plugins) {
    exec.command = program
    exec.args = [...before, ...(exec.args ?? [])]
  }
  return plugins.length > 0
}
