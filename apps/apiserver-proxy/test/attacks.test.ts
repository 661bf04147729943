import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const FOLDERS = [import.meta.dirname, join(import.meta.dirname, '../../../packages/authentication/test')]

/** The rows of the README's table: an attack, and the files that are said to test it. */
async function rows(): Promise<{ attack: string; files: string[] }[]> {
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8')
  const table = readme.slice(readme.indexOf('## Attacks')).split('\n')
  return table.flatMap((line) => {
    const [, attack, tests] = /^\| ([^|(]+?) *(?:\([^|]*\))? *\| (`.*) \|$/.exec(line) ?? []
    if (attack === undefined || tests === undefined) return []
    return [{ attack, files: [...tests.matchAll(/`([\w-]+\.test\.ts)`/g)].map(([, file]) => file!) }]
  })
}

async function source(file: string): Promise<string> {
  const found = await Promise.allSettled(FOLDERS.map((folder) => readFile(join(folder, file), 'utf8')))
  return found.map((one) => (one.status === 'fulfilled' ? one.value : '')).join('')
}

test('every attack of the README has tests that name it', async () => {
  const all = await rows()
  expect(all.length).toBeGreaterThan(14)
  const unnamed: string[] = []
  for (const { attack, files } of all) {
    if (files.length === 0) unnamed.push(attack)
    for (const file of files) if (!(await source(file)).includes(attack)) unnamed.push(`${attack} in ${file}`)
  }
  expect(unnamed).toEqual([])
})
