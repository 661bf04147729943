import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testCrashes } from './crash-suite.ts'
import { testDevelopment } from './development-suite.ts'
import { gatehouseIn, startTestStack, temporaryDirectory, type TestStack } from './gatehouse.ts'
import { OWN, testManifests, writeManifests } from './manifests-suite.ts'
import { keepSomething, testRestarts } from './restarts-suite.ts'

describe('where no stack runs', () => {
  let directory: string
  let gatehouse: ReturnType<typeof gatehouseIn>
  beforeEach(async () => {
    directory = await temporaryDirectory()
    gatehouse = gatehouseIn(directory)
    return () => rm(directory, { recursive: true })
  })

  test('a bad configuration is reported whole, with exit code 2, and nothing is started', async () => {
    await writeFile(
      join(directory, 'gatehouse.yaml'),
      'domain: Not A Host\ncluster: { provider: magic }\nports: { dex: 99999 }\nidentity: { usres: [] }\n',
    )
    const result = await gatehouse('up')
    expect(result.exitCode).toBe(2)
    for (const path of ['/domain', '/cluster/provider', '/ports/dex', '/identity/usres']) {
      expect(result.stderr).toContain(path)
    }
    expect(await readdir(directory)).toEqual(['gatehouse.yaml'])
  })

  test('an unknown option is a usage error with exit code 2', async () => {
    const result = await gatehouse('up', '--no-such-option')
    expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--no-such-option') })
  })

  test('commands about a stack say so', async () => {
    expect(await gatehouse('status')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no stack named "default" is running'),
    })
    expect(await gatehouse('down')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('No stack named'),
    })
  })
})

// Three starts, one after the other, of all that has to do with starts and ends: they are what takes long.
describe('the life of a stack', () => {
  const configuration = { manifests: [OWN] }
  let directory: string
  let stack: TestStack
  beforeAll(async () => {
    directory = await temporaryDirectory()
    await writeManifests(directory)
    stack = await startTestStack(configuration, { directory })
    await keepSomething(stack)
  })
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  testManifests(() => stack)
  testCrashes(() => stack)
  testRestarts(() => stack, configuration)
  testDevelopment(() => stack)
})
