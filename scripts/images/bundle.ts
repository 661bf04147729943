import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

export interface Bundle {
  /** Absolute paths of all source files in it. */
  readonly modules: readonly string[]
}

/**
 * Bundles a program and all that it imports into `directory`: `<name>.mjs`, with chunks and assets beside it.
 * Node runs no TypeScript under node_modules, and a bundle needs no node_modules: what is in it is exactly
 * what is used.
 *
 * @param main a file URL
 */
export async function bundle(name: string, main: string, directory: string): Promise<Bundle> {
  await mkdir(directory, { recursive: true })
  await using build = await rolldown({
    input: { [name]: fileURLToPath(main) },
    platform: 'node',
    // Style sheets and the like, which a module finds by `new URL('…', import.meta.url)`.
    experimental: { resolveNewUrlToAsset: true },
    onLog(level, log, report) {
      // An import that is not found would fail at run time only, in the image.
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message)
      // What others wrote is theirs to mend.
      if (!log.id?.includes('node_modules')) report(level, log)
    },
  })
  const { output } = await build.write({
    dir: directory,
    format: 'esm',
    entryFileNames: '[name].mjs',
    // Beside the program: some modules find others by their place, whichever chunk they are in.
    chunkFileNames: '[name]-[hash].mjs',
    assetFileNames: 'assets/[name]-[hash][extname]',
    // Errors of a service in a container should name the lines that somebody can read.
    minify: false,
    sourcemap: false,
  })
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  return { modules: modules.filter((id) => !id.startsWith('\0')).map((id) => join(id)) }
}
