import { readFile } from 'node:fs/promises'

const PAGE = new URL('../../docs/accessing-clusters.md', import.meta.url)

/** The commands of docs/accessing-clusters.md, by the name in the comment before each block. */
export async function commandsOfPage(): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(PAGE, 'utf8')
  const blocks = text.matchAll(/^(?:<!-- e2e: (?<name>.+) -->\n\n)?```sh\n(?<commands>[^]*?)^```$/gm)
  const found = new Map<string, string>()
  for (const { groups } of blocks) {
    const { name, commands } = groups as { name?: string; commands: string }
    if (name === undefined) throw new Error(`commands that no test runs:\n${commands}`)
    if (found.has(name)) throw new Error(`there are two blocks named "${name}"`)
    found.set(name, commands)
  }
  return found
}
