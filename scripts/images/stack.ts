import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { embeddedScripts, scriptPath } from '@gatehouse/cluster'
import { bundle } from './bundle.ts'

const command = `#!/usr/local/bin/node
import('/app/main.mjs')
`

/**
 * What the stack's image has beside the CLI: the programs that an embedded cluster runs with Node, and the
 * command `gatehouse`. Returns absolute paths of the sources.
 */
export async function addStackFiles(directory: string): Promise<readonly string[]> {
  await writeFile(join(directory, 'gatehouse'), command)
  await chmod(join(directory, 'gatehouse'), 0o755)
  const modules: string[] = []
  for (const name of embeddedScripts) {
    modules.push(...(await bundle(name, pathToFileURL(scriptPath(name)).href, directory)).modules)
  }
  return modules
}
