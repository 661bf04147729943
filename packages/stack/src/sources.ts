import { readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const packageSchema = z.looseObject({ dependencies: z.record(z.string(), z.string()).default({}) })

/**
 * The source folders of an app and of the workspace packages that it depends on, directly or not; a change in
 * one of them means another program. `main` is the file URL of the app's entry.
 */
export async function sourceFolders(main: string): Promise<string[]> {
  const folders = new Set<string>()
  const visit = async (packageRoot: string): Promise<void> => {
    const source = join(packageRoot, 'src')
    if (folders.has(source)) return
    folders.add(source)
    const manifest = packageSchema.parse(
      JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')),
    )
    const own = Object.entries(manifest.dependencies).filter(([, version]) =>
      version.startsWith('workspace:'),
    )
    await Promise.all(
      own.map(async ([name]) => visit(await realpath(join(packageRoot, 'node_modules', name)))),
    )
  }
  await visit(dirname(dirname(fileURLToPath(main))))
  return [...folders]
}
