import { fileURLToPath } from 'node:url'

/**
 * The path of a script that stands beside this file, by its name without extension: TypeScript in the
 * repository, JavaScript where it was built.
 */
export function scriptPath(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(`${name}${extension}`, import.meta.url))
}
