import { build } from 'vite'
import { compressFiles } from './compress.ts'
import { webRoot } from './sources.ts'

/** Bundles the page into `directory`: scripts and styles under names that change with their content. */
export async function buildPage(directory: string): Promise<void> {
  await build({
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
}
