import { build, type Rolldown } from 'vite'
import { compressFiles } from './compress.ts'
import { webRoot } from './sources.ts'

/**
 * Bundles the page into `directory`: scripts and styles under names that change with their content.
 *
 * @returns absolute paths of all source files in it
 */
export async function buildPage(directory: string): Promise<string[]> {
  const built = await build({
    configFile: false,
    envDir: false,
    root: webRoot,
    // A build that fails rejects; what is only a warning is nothing for a service's log.
    logLevel: 'error',
    build: {
      outDir: directory,
      emptyOutDir: false,
      target: 'es2022',
      // The policy forbids inline scripts, and data: is for images alone.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      manifest: 'manifest.json',
      chunkSizeWarningLimit: 1500,
    },
  })
  await compressFiles(directory)
  // An array where several formats are asked for, a watcher in watch mode: neither is here.
  const { output } = built as Rolldown.RolldownOutput
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  // Some are made up by the bundler, and some have a query that says how they are read.
  return modules.filter((id) => !id.startsWith('\0')).map((id) => id.split('?', 1)[0]!)
}
