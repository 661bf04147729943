import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The programs of its own that an embedded cluster runs, as `scriptPath` finds them. */
export const embeddedScripts = ['kubelet-endpoint/main', 'sandbox/main'] as const

/**
 * The path of a program by its name without extension, relative to this file. It has the extension that this
 * file has: TypeScript in the repository, JavaScript where everything was bundled.
 */
export function scriptPath(name: string): string {
  return fileURLToPath(new URL(`${name}${extname(import.meta.filename)}`, import.meta.url))
}
