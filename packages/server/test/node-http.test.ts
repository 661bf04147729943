import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** What Node has loaded of itself after it has imported a module. */
function loadedAfterImporting(module: string): readonly string[] {
  const program = `await import(${JSON.stringify(module)}); console.log(JSON.stringify(process.moduleLoadList))`
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
  ) as string[]
}

const FETCH = 'NativeModule internal/deps/undici/undici'

test('a service starts without Node’s fetch, which importing node:http would load', () => {
  expect(loadedAfterImporting('node:http')).toContain(FETCH)
  expect(loadedAfterImporting(import.meta.resolve('@gatehouse/server'))).not.toContain(FETCH)
})
